// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.sidecar.config.ConfigKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The command as a user meets it: real processes, real signals, exit statuses. */
@Timeout(240)
class MainTest {
    @TempDir private Path directory;

    @Test
    void servesOnceStopsInGoodOrderAndComesBackAfterAKill() throws Exception {
        try (CommandProcess first = sidecar()) {
            assertThat(first.lineWith("ready:"))
                    .contains("socket " + socket(), "arena 16 MiB", "http http://127.0.0.1:");

            try (CommandProcess second = sidecar()) {
                assertThat(second.rest()).contains("is in use by a running process");
                assertThat(second.exitStatus()).isEqualTo(ExitStatus.UNAVAILABLE);
            }
            try (CommandProcess status =
                    CommandProcess.start("status", "--json", "--socket", socket())) {
                assertThat(status.rest()).contains("\"boot_count\": 1", "\"tenant\": \"default\"");
                assertThat(status.exitStatus()).isZero();
            }
            first.kill();
        }
        assertThat(Path.of(socket())).exists();

        try (CommandProcess next = sidecar()) {
            next.lineWith("ready:");
            next.terminate();
            assertThat(next.exitStatus()).isZero();
        }
        assertThat(Path.of(socket())).doesNotExist();
        try (CommandProcess clean =
                CommandProcess.start("clean", "--arena-dir", directory.toString())) {
            assertThat(clean.rest()).contains("removed " + directory.resolve("moonpool-"));
            assertThat(clean.exitStatus()).isZero();
        }
    }

    @Test
    void namesTheSocketAndTheCureWhenNobodyAnswers() throws Exception {
        try (CommandProcess status = CommandProcess.start("status", "--socket", socket())) {
            assertThat(status.rest())
                    .contains("no sidecar answers at '" + socket() + "'")
                    .contains("moonpool sidecar --socket " + socket());
            assertThat(status.exitStatus()).isEqualTo(ExitStatus.UNAVAILABLE);
        }
    }

    @Test
    void refusesABadConfigurationInOneLine() throws Exception {
        Path file = Files.writeString(directory.resolve("a.yaml"), "socket: /tmp/x\narena: 1\n");
        try (CommandProcess sidecar =
                CommandProcess.start("sidecar", "--config", file.toString())) {
            assertThat(sidecar.rest())
                    .isEqualTo(
                            "moonpool: "
                                    + file
                                    + ":2: arena is no known key; did you mean 'arena-dir'? Known: "
                                    + Arrays.stream(ConfigKey.values())
                                            .map(ConfigKey::yamlName)
                                            .collect(Collectors.joining(", ")));
            assertThat(sidecar.exitStatus()).isEqualTo(ExitStatus.CONFIG);
        }
    }

    /**
     * A tmpfs of 64 MiB in a mount namespace of the child's own, so that nothing is left behind.
     */
    @Test
    @EnabledIf("canMount")
    void refusesAnArenaThatTheTmpfsCannotHold() throws Exception {
        List<String> small = inSmallTmpfs();
        for (String bytes : List.of("128MiB", "64MiB")) {
            try (CommandProcess sidecar =
                    CommandProcess.run(
                            small,
                            "sidecar",
                            "--socket",
                            socket(),
                            "--data-dir",
                            directory.resolve("data").toString(),
                            "--arena-dir",
                            directory.resolve("small").toString(),
                            "--slab-bytes",
                            "1MiB",
                            "--arena-bytes",
                            bytes)) {
                assertThat(sidecar.rest())
                        .contains("arena-bytes: ", "RAM available", "cgroup limit", "of 64 MiB");
                assertThat(sidecar.exitStatus()).isEqualTo(ExitStatus.CONFIG);
            }
        }
    }

    static boolean canMount() throws Exception {
        return new ProcessBuilder("unshare", "-m", "true").start().waitFor() == 0;
    }

    private List<String> inSmallTmpfs() throws Exception {
        Path mount = Files.createDirectories(directory.resolve("small"));
        return List.of(
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount -t tmpfs -o size=64m tmpfs '" + mount + "' && exec \"$@\"",
                "sh");
    }

    private CommandProcess sidecar() throws Exception {
        return CommandProcess.start(
                "sidecar",
                "--socket",
                socket(),
                "--data-dir",
                directory.resolve("data").toString(),
                "--arena-dir",
                directory.toString(),
                "--slab-bytes",
                "1MiB",
                "--arena-bytes",
                "16MiB",
                "--http-listen",
                "127.0.0.1:0");
    }

    private String socket() {
        return directory.resolve("s.sock").toString();
    }
}
