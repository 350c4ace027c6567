// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.settings;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * Reads a file into settings that know their line. Only the node tree is used: no value is typed by
 * YAML's rules ("no" is a string), and nothing is constructed.
 */
public final class YamlReader {
    private static final long MAX_BYTES = 1 << 20;

    private final String fieldName;
    private final Path file;

    /** {@code fieldName} is the setting that named the file, for errors about the file itself. */
    public YamlReader(String fieldName, Path file) {
        this.fieldName = fieldName;
        this.file = file;
    }

    /** A key of the top level with its node. */
    public record Entry(Setting key, Node node) {}

    public List<Entry> entries(UnaryOperator<String> prepare) throws ConfigException {
        Node root = compose(prepare.apply(text()));
        return root == null ? List.of() : entriesOf(root, "the file");
    }

    public List<Entry> entriesOf(Node node, String what) throws ConfigException {
        if (!(node instanceof MappingNode mapping)) {
            throw new ConfigException(
                    place(node) + ": " + what + " must be a mapping of names to values");
        }
        List<Entry> entries = new ArrayList<>();
        for (NodeTuple tuple : mapping.getValue()) {
            String name = scalar(tuple.getKeyNode(), what);
            Setting key = new Setting(name, name, place(tuple.getKeyNode()));
            if (entries.stream().anyMatch(entry -> entry.key().field().equals(name))) {
                throw new ConfigException(key.origin() + ": " + name + " is given twice; keep one");
            }
            entries.add(new Entry(key, tuple.getValueNode()));
        }
        return entries;
    }

    public Setting setting(String field, Node node) throws ConfigException {
        return new Setting(field, scalar(node, field), place(node));
    }

    /** A list, or a single value standing for a list of one. */
    public List<Setting> settings(String field, Node node) throws ConfigException {
        List<Setting> settings = new ArrayList<>();
        for (Node item : items(field, node)) {
            settings.add(setting(field, item));
        }
        return settings;
    }

    public List<Node> items(String field, Node node) {
        return node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
    }

    private String scalar(Node node, String what) throws ConfigException {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw new ConfigException(place(node) + ": " + what + ": a single value is expected here");
    }

    public String place(Node node) {
        return file + ":" + (node.getStartMark().getLine() + 1);
    }

    private Node compose(String text) throws ConfigException {
        try {
            return new Yaml().compose(new StringReader(text));
        } catch (MarkedYAMLException e) {
            int line =
                    Optional.ofNullable(e.getProblemMark())
                            .map(mark -> mark.getLine() + 1)
                            .orElse(1);
            throw new ConfigException(
                    file
                            + ":"
                            + line
                            + ": not readable as YAML: "
                            + e.getProblem()
                            + "; correct this line");
        } catch (YAMLException e) {
            throw new ConfigException(file + ": not readable as YAML: " + e.getMessage());
        }
    }

    private String text() throws ConfigException {
        try {
            if (Files.isDirectory(file)) {
                throw unreadable("is a directory; name a file");
            }
            if (Files.size(file) > MAX_BYTES) {
                throw unreadable("is larger than 1 MiB; this is no configuration");
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw unreadable("does not exist; correct the path");
        } catch (MalformedInputException e) {
            throw unreadable("is not UTF-8 text; convert it");
        } catch (IOException e) {
            throw unreadable("can't be read (" + e.getMessage() + "); check its permissions");
        }
    }

    private ConfigException unreadable(String problem) {
        return new ConfigException(fieldName + ": '" + file + "' " + problem);
    }
}
