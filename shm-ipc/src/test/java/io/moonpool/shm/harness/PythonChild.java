// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another process, in the language of the real clients. It is dead when this is closed. */
public final class PythonChild implements AutoCloseable {
    private final Process process;
    private final BufferedReader lines;

    private PythonChild(Process process) {
        this.process = process;
        this.lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    public static PythonChild run(String program, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("python3", "-u", "-c", program));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return new PythonChild(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** The next line that the child prints, or null at its end. */
    public String line() throws IOException {
        return lines.readLine();
    }

    public void tell(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    public long pid() {
        return process.pid();
    }

    public void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
