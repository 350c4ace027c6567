// SPDX-License-Identifier: Apache-2.0
package io.moonpool.tests.tidy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The hand-written text files of the checkout. Reads the disk, so that files not yet committed
 * count too.
 */
final class Tree {
    /** One file, with its path from the root of the checkout. */
    record TextFile(Path root, String path, List<String> lines) {
        boolean hasExtension(Set<String> extensions) {
            return extensions.contains(path.substring(path.lastIndexOf('.') + 1));
        }

        Path resolve(String relative) {
            return root.resolve(path).resolveSibling(relative).normalize();
        }
    }

    private static final Set<String> TEXT =
            Set.of(
                    "java",
                    "py",
                    "proto",
                    "xml",
                    "md",
                    "sh",
                    "toml",
                    "yaml",
                    "yml",
                    "json",
                    "txt",
                    "cfg",
                    "config",
                    "properties",
                    "service");
    private static final Set<String> TEXT_WITHOUT_EXTENSION =
            Set.of("moonpool", "run", "mooncake_master", "mooncake_http_metadata_server");

    /** What tools leave behind; all of it is in .gitignore too. */
    private static final Set<String> MADE_BY_TOOLS =
            Set.of(".git", "target", "build", "dist", "node_modules", "results", "__pycache__");

    private final Path root;
    private final List<TextFile> files;

    private Tree(Path root, List<TextFile> files) {
        this.root = root;
        this.files = files;
    }

    /** The checkout that this test was started in: the nearest folder upwards with the gates. */
    static Tree ofThisCheckout() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(folder.resolve("gates"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException(
                        "start the test inside of the checkout: no gates/ above");
            }
        }
        return of(folder);
    }

    static Tree of(Path root) {
        List<TextFile> files = new ArrayList<>();
        try {
            Files.walkFileTree(root, new Collector(root, files));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Tree(root, List.copyOf(files));
    }

    Path root() {
        return root;
    }

    List<TextFile> files() {
        return files;
    }

    private static final class Collector extends SimpleFileVisitor<Path> {
        private final Path root;
        private final List<TextFile> files;

        Collector(Path root, List<TextFile> files) {
            this.root = root;
            this.files = files;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return isMadeByTools(folder) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        private boolean isMadeByTools(Path folder) {
            String name = folder.getFileName().toString();
            boolean isTopOrCi = folder.equals(root) || name.equals(".ci") || name.equals(".mvn");
            return MADE_BY_TOOLS.contains(name)
                    || name.endsWith(".egg-info")
                    || (name.startsWith(".") && !isTopOrCi);
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            if (attributes.isRegularFile() && isText(file.getFileName().toString())) {
                List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
                files.add(new TextFile(root, root.relativize(file).toString(), lines));
            }
            return FileVisitResult.CONTINUE;
        }

        private static boolean isText(String name) {
            int dot = name.lastIndexOf('.');
            return dot < 0
                    ? TEXT_WITHOUT_EXTENSION.contains(name)
                    : TEXT.contains(name.substring(dot + 1));
        }
    }
}
