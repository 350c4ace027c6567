// SPDX-License-Identifier: Apache-2.0
package io.moonpool.tests.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.tests.tidy.Tree.TextFile;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What no formatter or linter of one language sees. Every violation names the place and the cure.
 */
class TidyTest {
    private static final int FILE_LINES_MAX = 600;
    private static final int README_LINES_MAX = 100;
    private static final int README_FIRST_COMMAND_LINE_MAX = 24;

    private static final Set<String> HAND_WRITTEN =
            Set.of("java", "py", "proto", "xml", "md", "sh", "yaml", "yml");

    /**
     * A pattern that may not occur, and what to do instead. The words are split, so that this file
     * passes.
     */
    private record Ban(Pattern pattern, String cure) {
        static Ban of(String regex, String cure) {
            return new Ban(Pattern.compile(regex), cure);
        }
    }

    private static final List<Ban> BANNED_WORDS =
            List.of(
                    Ban.of(
                            "\\b(TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b",
                            "open an issue, or do it now"),
                    Ban.of("\\b(<{7}|>{7}) ", "resolve the merge"));

    private static final List<Ban> MACHINE_PATHS =
            List.of(
                    Ban.of(
                            "(?<![\\w.}])/(wo" + "rk|ro" + "ot)/\\w",
                            "use a path relative to the checkout"),
                    Ban.of("/ho" + "me/[a-z]", "use ~ or a variable"),
                    Ban.of("/tmp/(br" + "ief|mp" + "cache)", "use MOONPOOL_CACHE"),
                    Ban.of("\\.\\./sha" + "red\\b", "take what is needed over into the repository"),
                    Ban.of(
                            "https?://(repo\\d?\\.ma"
                                    + "ven|pypi\\.o"
                                    + "rg|files\\.python"
                                    + "hosted)",
                            "let the client's own configuration choose the registry"));

    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
    private static final Pattern COMMAND = Pattern.compile("^\\s*(\\$ )?\\./moonpool \\w+.*");

    private final Tree tree = Tree.ofThisCheckout();

    @Test
    void filesAreShort() {
        List<String> violations = new ArrayList<>();
        for (TextFile file : tree.files()) {
            int lines = file.lines().size();
            if (file.hasExtension(HAND_WRITTEN) && lines > FILE_LINES_MAX) {
                violations.add(
                        file.path() + ": split it: lines=" + lines + ", max=" + FILE_LINES_MAX);
            }
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void nothingIsLeftForLater() {
        assertThat(occurrences(BANNED_WORDS)).isEmpty();
    }

    @Test
    void nothingNamesThisMachine() {
        assertThat(occurrences(MACHINE_PATHS)).isEmpty();
    }

    @Test
    void linksInDocumentsLeadSomewhere() {
        List<String> violations = new ArrayList<>();
        for (TextFile file : tree.files()) {
            if (file.hasExtension(Set.of("md"))) {
                addDeadLinks(file, violations);
            }
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void readmeStartsWithACommand() {
        TextFile readme =
                tree.files().stream()
                        .filter(file -> file.path().equals("README.md"))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("README.md is missing at the root"));

        assertThat(readme.lines()).hasSizeLessThanOrEqualTo(README_LINES_MAX);
        assertThat(
                        readme.lines()
                                .subList(
                                        0,
                                        Math.min(
                                                README_FIRST_COMMAND_LINE_MAX,
                                                readme.lines().size())))
                .as("a line with a ./moonpool command before line 25")
                .anyMatch(line -> COMMAND.matcher(line).matches());
    }

    private List<String> occurrences(List<Ban> bans) {
        List<String> found = new ArrayList<>();
        for (TextFile file : tree.files()) {
            // The gates name what they ban.
            if (!file.path().startsWith("gates/")) {
                addOccurrences(file, bans, found);
            }
        }
        return found;
    }

    private static void addOccurrences(TextFile file, List<Ban> bans, List<String> found) {
        for (int i = 0; i < file.lines().size(); i++) {
            for (Ban ban : bans) {
                Matcher matcher = ban.pattern().matcher(file.lines().get(i));
                if (matcher.find()) {
                    found.add(place(file, i) + matcher.group() + ": " + ban.cure());
                }
            }
        }
    }

    private static void addDeadLinks(TextFile file, List<String> violations) {
        boolean inCode = false;
        for (int i = 0; i < file.lines().size(); i++) {
            String line = file.lines().get(i);
            inCode ^= line.strip().startsWith("```");
            Matcher link = LINK.matcher(line);
            while (!inCode && link.find()) {
                String target = link.group(1);
                if (isRelative(target)
                        && !Files.exists(file.resolve(target.replaceFirst("#.*", "")))) {
                    violations.add(place(file, i) + "nothing at " + target + ": correct the link");
                }
            }
        }
    }

    private static boolean isRelative(String target) {
        return !target.startsWith("#") && !target.contains("://") && !target.startsWith("mailto:");
    }

    private static String place(TextFile file, int lineIndex) {
        return file.path() + ":" + (lineIndex + 1) + ": ";
    }
}
