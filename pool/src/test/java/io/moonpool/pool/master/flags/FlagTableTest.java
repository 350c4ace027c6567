// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.pool.master.flags.Flag.Kind;
import io.moonpool.pool.master.flags.Flag.Treatment;
import io.moonpool.pool.settings.ConfigException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table against the real program's, against the document, and each row against what it says.
 */
class FlagTableTest {
    private static final Path DOCUMENT = Path.of("../docs/MASTER.md");
    private static final FlagTable TABLE = FlagTable.load();
    private static final Map<Kind, String> OTHER =
            Map.of(
                    Kind.INT, "77",
                    Kind.REAL, "0.77",
                    Kind.TEXT, "seventyseven",
                    Kind.DURATION, "77s");

    /** A flag of the real program with its default. */
    private record Real(String name, String kind, String defaultText) {}

    private static List<Real> real() throws Exception {
        try (InputStream file = FlagTableTest.class.getResourceAsStream("mooncake-0.3.13.txt")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\\|", 3))
                    .map(parts -> new Real(parts[0], parts[1], parts[2]))
                    .toList();
        }
    }

    @Test
    void hasEveryFlagOfTheRealProgramAndOnlyOursBeside() throws Exception {
        assertThat(
                        TABLE.all().stream()
                                .filter(flag -> flag.treatment() != Treatment.OURS)
                                .map(Flag::name))
                .containsExactlyInAnyOrderElementsOf(real().stream().map(Real::name).toList());
    }

    @Test
    void hasTheRealProgramsDefaults() throws Exception {
        for (Real real : real()) {
            Flag flag = TABLE.get(real.name());
            assertThat(isSame(flag.defaultText(), real)).as(real.toString()).isTrue();
            assertThat(flag.kind() == Kind.BOOL).isEqualTo(real.kind().equals("bool"));
        }
    }

    private static boolean isSame(String ours, Real real) {
        return real.kind().equals("double")
                ? Double.parseDouble(ours) == Double.parseDouble(real.defaultText())
                : ours.equals(real.defaultText());
    }

    @Test
    void isTheTableOfTheDocument() throws Exception {
        assertThat(Files.readString(DOCUMENT)).contains(document());
    }

    private static String document() {
        StringBuilder rows = new StringBuilder("| flag | default | here | |\n|---|---|---|---|\n");
        for (Flag flag : TABLE.all()) {
            rows.append(
                    "| `--%s` | %s | %s | %s |%n"
                            .formatted(
                                    flag.name(),
                                    flag.defaultText().isEmpty()
                                            ? ""
                                            : "`" + flag.defaultText() + "`",
                                    flag.treatment().text(),
                                    flag.words()));
        }
        return rows.toString();
    }

    static Stream<Flag> rows() {
        return TABLE.all().stream();
    }

    /** What the real program accepts is accepted, or refused with the row's own words. */
    @ParameterizedTest
    @MethodSource("rows")
    void doesWithEachFlagWhatItsRowSays(Flag flag) throws Exception {
        for (String spelling : spellings(flag, flag.defaultText())) {
            assertThat(config(spelling).notes()).as(spelling).isEmpty();
        }
        for (String spelling : spellings(flag, other(flag))) {
            switch (flag.treatment()) {
                case REFUSED ->
                        assertThatThrownBy(() -> config(spelling))
                                .isInstanceOf(ConfigException.class)
                                .hasMessage("command line: --" + flag.name() + ": " + flag.words());
                case WITHOUT_EFFECT ->
                        assertThat(config(spelling).notes())
                                .containsExactly(
                                        "--%s has no effect: %s"
                                                .formatted(flag.name(), flag.words()));
                case HONOURED, OURS -> assertThat(isHonoured(flag, spelling)).isTrue();
            }
        }
    }

    private static boolean isHonoured(Flag flag, String spelling) throws Exception {
        if (flag.name().startsWith("help") || flag.name().equals("version")) {
            MasterFlags flags = MasterFlags.parse(words(spelling));
            return flags.asksForHelp() || flags.asksForVersion();
        }
        if (flag.name().equals("rpc_interface") || flag.name().equals("config_path")) {
            assertThatThrownBy(() -> config(spelling)).hasMessageContaining("seventyseven");
            return true;
        }
        if (flag.name().startsWith("http_metadata_server_")) {
            return !config(spelling, "--enable_http_metadata_server")
                    .equals(config("--enable_http_metadata_server"));
        }
        return !config(spelling).equals(config());
    }

    private static String other(Flag flag) {
        return flag.kind() == Kind.BOOL
                ? Boolean.toString(!Boolean.parseBoolean(flag.defaultText()))
                : OTHER.get(flag.kind());
    }

    /** One or two dashes, dashes or underscores within, {@code =} or a space. */
    private static List<String> spellings(Flag flag, String value) {
        String dashed = flag.name().replace('_', '-');
        if (flag.kind() == Kind.BOOL) {
            String negation = value.equals("true") ? "" : "no";
            return List.of(
                    "--" + flag.name() + "=" + value,
                    "-" + dashed + "=" + value.charAt(0),
                    "--" + negation + flag.name(),
                    "-" + negation + dashed);
        }
        return List.of(
                "--" + flag.name() + "=" + value,
                "--" + flag.name() + " " + value,
                "-" + flag.name() + "=" + value,
                "-" + dashed + " " + value);
    }

    private static List<String> words(String... spellings) {
        return Stream.of(spellings).flatMap(one -> Stream.of(one.split(" ", -1))).toList();
    }

    private static MasterConfig config(String... spellings) throws ConfigException {
        return MasterFlags.parse(words(spellings)).config();
    }
}
