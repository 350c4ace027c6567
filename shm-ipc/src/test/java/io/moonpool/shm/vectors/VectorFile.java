// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Golden bytes in docs/spec/vectors: {@code name.hex}, 32 bytes a line, and {@code name.json}, what
 * they mean. They change with the protocol's version only; {@code -Dmoonpool.vectors.write=true}
 * writes them anew.
 */
final class VectorFile {
    private static final int LINE_BYTES = 32;
    private static final Path DIRECTORY = directory();

    private VectorFile() {}

    static void check(String name, byte[] bytes, Map<String, Object> fields) throws IOException {
        List<String> hex = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += LINE_BYTES) {
            hex.add(HexFormat.of().formatHex(bytes, at, Math.min(bytes.length, at + LINE_BYTES)));
        }
        checkText(DIRECTORY.resolve(name + ".hex"), String.join("\n", hex) + "\n");
        checkText(DIRECTORY.resolve(name + ".json"), json(fields, "") + "\n");
    }

    /**
     * Names and values in turn; a value is a number, a string, bytes (shown as hex), a list or
     * another map.
     */
    static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    private static void checkText(Path file, String text) throws IOException {
        if (Boolean.getBoolean("moonpool.vectors.write")) {
            Files.writeString(file, text);
        }
        assertThat(file)
                .as("changed on purpose? -Dmoonpool.vectors.write=true writes it anew")
                .hasContent(text);
    }

    private static String json(Object value, String indent) {
        String inner = indent + "  ";
        return switch (value) {
            case Map<?, ?> map ->
                    "{"
                            + lines(
                                    map.entrySet().stream().map(e -> member(e, inner)).toList(),
                                    inner,
                                    indent)
                            + "}";
            case List<?> list ->
                    "["
                            + lines(
                                    list.stream().map(item -> json(item, inner)).toList(),
                                    inner,
                                    indent)
                            + "]";
            case byte[] bytes -> "\"" + HexFormat.of().formatHex(bytes) + "\"";
            case String text -> "\"" + text + "\"";
            case Long number -> Long.toUnsignedString(number);
            case Integer number -> Integer.toString(number);
            default -> throw new IllegalArgumentException("no vector value: " + value);
        };
    }

    private static String member(Map.Entry<?, ?> member, String indent) {
        return "\"" + member.getKey() + "\": " + json(member.getValue(), indent);
    }

    private static String lines(List<String> items, String inner, String indent) {
        return items.isEmpty()
                ? ""
                : "\n" + inner + String.join(",\n" + inner, items) + "\n" + indent;
    }

    private static Path directory() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(here.resolve("docs/spec"))) {
            here = here.getParent();
        }
        return here.resolve("docs/spec/vectors");
    }
}
