// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import io.moonpool.pool.master.metadata.MetadataServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A real server of one kind, which a test may end and start again. */
final class Backend implements AutoCloseable {
    /** Ends the server when this process is gone, however it went: its pipe closes. */
    private static final String GUARD = "\"$@\" & child=$!; cat >/dev/null; kill -9 $child";

    private static final long START_S = 30;

    /** What can be had. */
    enum Kind {
        HTTP("", ""),
        ETCD("MOONPOOL_TEST_ETCD", "etcd"),
        REDIS("MOONPOOL_TEST_REDIS", "redis-server");

        private final String variable;
        private final String program;

        Kind(String variable, String program) {
            this.variable = variable;
            this.program = program;
        }

        /** The program that {@code ./moonpool test} has prepared, or that is installed. */
        Optional<String> binary() {
            if (this == HTTP) {
                return Optional.of("");
            }
            return Optional.ofNullable(System.getenv(variable))
                    .filter(path -> !path.isEmpty())
                    .or(() ->
                            List.of(System.getenv("PATH").split(":")).stream()
                                    .map(folder -> folder + "/" + program)
                                    .filter(path -> Path.of(path).toFile().canExecute())
                                    .findFirst());
        }

        String missing() {
            return "%s: no %s on PATH and %s is not set: ./moonpool test gates prepares one"
                    .formatted(this, program, variable);
        }
    }

    private final Kind kind;
    private final Path folder;
    private final int port;
    private Process process;
    private MetadataServer server;

    private Backend(Kind kind, Path folder, int port) {
        this.kind = kind;
        this.folder = folder;
        this.port = port;
    }

    static Backend start(Kind kind, Path folder) throws IOException, InterruptedException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Backend backend = new Backend(kind, folder, probe.getLocalPort());
            probe.close();
            backend.start();
            return backend;
        }
    }

    void start() throws IOException, InterruptedException {
        if (kind == Kind.HTTP) {
            server = new MetadataServer();
            server.start(new InetSocketAddress("127.0.0.1", port));
            return;
        }
        List<String> command = new ArrayList<>(List.of("sh", "-c", GUARD, "sh"));
        command.addAll(kind == Kind.ETCD ? etcd() : redis());
        process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve(kind + ".log").toFile())
                        .start();
        awaitListening();
    }

    private List<String> etcd() {
        String client = "http://127.0.0.1:" + port;
        return List.of(
                kind.binary().orElseThrow(),
                "--data-dir",
                folder.resolve("etcd").toString(),
                "--listen-client-urls",
                client,
                "--advertise-client-urls",
                client,
                "--listen-peer-urls",
                "http://127.0.0.1:0");
    }

    private List<String> redis() {
        return List.of(
                kind.binary().orElseThrow(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--requirepass",
                "open sesame",
                "--save",
                "",
                "--dir",
                folder.toString());
    }

    private void awaitListening() throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_S);
        while (!listens()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                throw new AssertionError(kind + " did not start: see " + folder);
            }
            Thread.sleep(20);
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    String address() {
        return switch (kind) {
            case HTTP -> "http://127.0.0.1:" + port + "/metadata";
            case ETCD -> "etcd://127.0.0.1:1,127.0.0.1:" + port;
            case REDIS -> "redis://:open sesame@127.0.0.1:" + port + "/1";
        };
    }

    int port() {
        return port;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (server != null) {
            server.close();
        }
        if (process != null) {
            process.getOutputStream().close();
            if (!process.waitFor(START_S, TimeUnit.SECONDS)) {
                throw new AssertionError(kind + " did not end");
            }
        }
    }
}
