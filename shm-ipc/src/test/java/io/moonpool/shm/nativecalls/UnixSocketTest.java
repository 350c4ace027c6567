// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.moonpool.shm.files.SharedFile;
import io.moonpool.shm.harness.PythonChild;
import io.moonpool.shm.memory.Ordered;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketTest {
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
    private static final Duration AT_ONCE = Duration.ofMillis(20);

    private static final String CONNECT =
            """
            import mmap, os, socket, struct, sys
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(sys.argv[1])
            """;

    /**
     * Takes two files, writes to the one through its mapping, and tries the same with the read-only
     * other.
     */
    private static final String TAKE_FILES =
            CONNECT
                    + """
                    message, files, _, _ = socket.recv_fds(peer, 12, 8)
                    print(message.decode(), len(files))
                    shared = mmap.mmap(files[0], 4096)
                    shared[0:8] = struct.pack("<q", 42)
                    try:
                        mmap.mmap(files[1], 4096)
                        print("writable")
                    except PermissionError:
                        print("read-only", mmap.mmap(files[1], 4096, prot=mmap.PROT_READ)[0])
                    """;

    @TempDir private Path directory;
    private UnixListener listener;

    @BeforeEach
    void listen() throws IOException {
        listener = UnixListener.listen(path(), 8);
    }

    @AfterEach
    void close() {
        listener.close();
    }

    @Test
    void handsOpenFilesToAnotherProcess() throws IOException {
        try (SharedFile session = SharedFile.create(directory.resolve("session"), 4096);
                SharedFile headers = SharedFile.create(directory.resolve("headers"), 4096);
                PythonChild child = PythonChild.run(TAKE_FILES, path())) {
            Ordered.bytePlain(headers.map(), 0, 77);
            try (UnixSocket peer = accept()) {
                int[] files = {session.descriptor(), headers.readOnlyDescriptor()};
                peer.sendDescriptors("take these 2".getBytes(US_ASCII), files, TEN_SECONDS);

                assertThat(child.line()).isEqualTo("take these 2 2");
                assertThat(child.line()).isEqualTo("read-only 77");
                assertThat(Ordered.longAcquire(session.map(), 0)).isEqualTo(42);
            }
        }
    }

    @Test
    void namesItsPeer() throws IOException {
        try (PythonChild child =
                        PythonChild.run(
                                CONNECT + "print(os.getuid())\nsys.stdin.readline()", path());
                UnixSocket peer = accept()) {
            assertThat(peer.peer().pid()).isEqualTo((int) child.pid());
            assertThat(child.line()).isEqualTo(Integer.toString(peer.peer().uid()));
        }
    }

    @Test
    void readsExactlyWhatItIsAskedFor() throws IOException {
        String program =
                CONNECT
                        + "peer.sendall(b'ab')\nprint('half')\nsys.stdin.readline()\npeer.sendall(b'cdef')";
        try (PythonChild child = PythonChild.run(program, path());
                UnixSocket peer = accept()) {
            assertThat(child.line()).isEqualTo("half");
            child.tell("go");

            assertThat(peer.read(5, TEN_SECONDS)).asString(US_ASCII).isEqualTo("abcde");
            assertThat(peer.read(1, TEN_SECONDS)).asString(US_ASCII).isEqualTo("f");
            assertThat(peer.read(0, AT_ONCE)).isEmpty();
        }
    }

    @Test
    void aPeerThatStallsIsATimeout() throws IOException {
        try (PythonChild child =
                        PythonChild.run(
                                CONNECT + "peer.sendall(b'ab')\nsys.stdin.readline()", path());
                UnixSocket peer = accept()) {
            assertThat(child.pid()).isPositive();
            assertThatExceptionOfType(SocketTimeoutException.class)
                    .isThrownBy(() -> peer.read(3, Duration.ofMillis(500)))
                    .withMessage("peer stalled, read 2 of 3 bytes");
        }
    }

    @Test
    void aPeerThatTakesNothingIsATimeout() throws IOException {
        try (PythonChild child = PythonChild.run(CONNECT + "sys.stdin.readline()", path());
                UnixSocket peer = accept()) {
            assertThat(child.pid()).isPositive();
            assertThatExceptionOfType(SocketTimeoutException.class)
                    .isThrownBy(() -> peer.write(new byte[8 << 20], Duration.ofMillis(200)))
                    .withMessageContaining("of 8388608 bytes");
        }
    }

    @Test
    void aPeerThatLeavesIsAnEnd() throws Exception {
        try (PythonChild child =
                        PythonChild.run(CONNECT + "print('here')\nsys.stdin.readline()", path());
                UnixSocket peer = accept()) {
            assertThat(child.line()).isEqualTo("here");
            child.kill();

            assertThatExceptionOfType(EOFException.class)
                    .isThrownBy(() -> peer.read(1, TEN_SECONDS));
            assertThatExceptionOfType(NativeCallException.class)
                    .isThrownBy(() -> peer.write(new byte[1], TEN_SECONDS))
                    .satisfies(gone -> assertThat(gone.errno()).isEqualTo(Errno.EPIPE));
        }
    }

    @Test
    void writesMoreThanTheSocketHoldsAtOnce() throws IOException {
        String program =
                CONNECT
                        + """
                        taken = 0
                        while taken < 8388608:
                            taken += len(peer.recv(1 << 20))
                        print(taken)
                        """;
        try (PythonChild child = PythonChild.run(program, path());
                UnixSocket peer = accept()) {
            peer.write(new byte[8 << 20], TEN_SECONDS);

            assertThat(child.line()).isEqualTo("8388608");
        }
    }

    @Test
    void acceptsNobodyWhenNobodyComes() throws IOException {
        assertThat(listener.accept(AT_ONCE)).isEmpty();
    }

    @Test
    void refusesAPathInUse() throws IOException {
        Files.writeString(directory.resolve("taken"), "");

        assertThatExceptionOfType(NativeCallException.class)
                .isThrownBy(() -> UnixListener.listen(directory.resolve("taken"), 8))
                .withMessageContaining("bind failed with EADDRINUSE")
                .satisfies(refused -> assertThat(refused.errno()).isEqualTo(Errno.EADDRINUSE));
    }

    @Test
    void namesAPathThatIsTooLong() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> UnixListener.listen(directory.resolve("x".repeat(100)), 8))
                .withMessageContaining("bytesMax=107");
    }

    private Path path() {
        return directory.resolve("s");
    }

    private UnixSocket accept() throws IOException {
        return listener.accept(TEN_SECONDS).orElseThrow();
    }
}
