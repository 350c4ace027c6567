// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A real client process: its locks are its own, and it can be killed. */
public final class ChildProcess implements AutoCloseable {
    private static final String SCRIPT = "descriptor_client.py";
    private static final String NOBODY = "65534";

    /** Every user may run this one; those in a home directory, only its owner. */
    static final Path SYSTEM_PYTHON = Path.of("/usr/bin/python3");

    private final Process process;
    private final BufferedReader lines;

    private ChildProcess(Process process) {
        this.process = process;
        this.lines = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Runs the script with the interpreter of {@code MOONPOOL_PYTHON}, or that on the path. */
    public static ChildProcess client(Path directory, String... arguments) throws IOException {
        String python = Optional.ofNullable(System.getenv("MOONPOOL_PYTHON")).orElse("python3");
        return start(List.of(python), directory, arguments);
    }

    public static ChildProcess clientAsNobody(Path directory, String... arguments)
            throws IOException {
        return start(
                List.of(
                        "setpriv",
                        "--reuid",
                        NOBODY,
                        "--regid",
                        NOBODY,
                        "--clear-groups",
                        SYSTEM_PYTHON.toString()),
                directory,
                arguments);
    }

    private static ChildProcess start(List<String> prefix, Path directory, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(script(directory).toString());
        command.addAll(List.of(arguments));
        return new ChildProcess(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    /** A copy that every user can read, wherever the build lies. */
    private static Path script(Path directory) throws IOException {
        Path copy = directory.resolve(SCRIPT);
        try (InputStream source = ChildProcess.class.getResourceAsStream("/" + SCRIPT)) {
            Files.copy(source, copy, StandardCopyOption.REPLACE_EXISTING);
        }
        return copy;
    }

    public String line() {
        try {
            return lines.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
