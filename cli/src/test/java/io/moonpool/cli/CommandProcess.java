// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The moonpool command in a JVM of its own. */
final class CommandProcess implements AutoCloseable {
    private static final long WAIT_S = 50;

    private final Process process;
    private final BufferedReader output;

    private CommandProcess(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    static CommandProcess start(String... arguments) throws IOException {
        return run(List.of(), arguments);
    }

    /** {@code prefix} is a command that runs the rest of its line. */
    static CommandProcess run(List<String> prefix, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName()));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("MOONCAKE_CONFIG_PATH");
        builder.environment().remove("MOONPOOL_SOCKET");
        return new CommandProcess(builder.start());
    }

    /**
     * The first line that contains {@code words}; fails with everything that was said when none
     * does.
     */
    String lineWith(String words) throws IOException {
        StringBuilder said = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            said.append(line).append('\n');
            if (line.contains(words)) {
                return line;
            }
        }
        throw new AssertionError("never said '" + words + "': " + said);
    }

    String rest() {
        try {
            return output.lines().collect(Collectors.joining("\n"));
        } catch (UncheckedIOException e) {
            throw new AssertionError("output can't be read", e);
        }
    }

    int exitStatus() throws InterruptedException {
        if (!process.waitFor(WAIT_S, TimeUnit.SECONDS)) {
            throw new AssertionError("still running after " + WAIT_S + " s");
        }
        return process.exitValue();
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        exitStatus();
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
