// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A listening Unix stream socket. One thread accepts and closes; the file of the path is the
 * caller's to remove.
 */
public final class UnixListener implements AutoCloseable {
    /** sun_path has 108 bytes, one of them the final zero. */
    public static final int PATH_BYTES_MAX = 107;

    private static final int SUN_PATH_OFFSET = 2;

    private final int descriptor;

    private UnixListener(int descriptor) {
        this.descriptor = descriptor;
    }

    /** Binds and listens; EADDRINUSE when the path exists. */
    public static UnixListener listen(Path path, int backlog) throws IOException {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length > PATH_BYTES_MAX) {
            throw new IOException(
                    "socket path is too long (choose a shorter one): bytes="
                            + name.length
                            + ", bytesMax="
                            + PATH_BYTES_MAX
                            + ", path="
                            + path);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(arena);
            int descriptor = SocketCalls.socket(errno, UnixSocket.AF_UNIX, UnixSocket.STREAM_FLAGS);
            UnixSocket.check(descriptor, "socket", errno, path);
            try {
                MemorySegment address = address(arena, name);
                int addressBytes = SUN_PATH_OFFSET + name.length + 1;
                UnixSocket.check(
                        SocketCalls.bind(errno, descriptor, address, addressBytes),
                        "bind",
                        errno,
                        path);
                UnixSocket.check(
                        SocketCalls.listen(errno, descriptor, backlog), "listen", errno, path);
                return new UnixListener(descriptor);
            } catch (IOException refused) {
                OpenFiles.close(descriptor);
                throw refused;
            }
        }
    }

    /** The next connection, or empty when none came in time. */
    public Optional<UnixSocket> accept(Duration timeout) throws IOException {
        Deadline deadline = Deadline.in(timeout);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(arena);
            while (UnixSocket.awaitReady(descriptor, UnixSocket.POLLIN, deadline)) {
                int accepted = SocketCalls.accept(errno, descriptor, UnixSocket.ACCEPT_FLAGS);
                if (accepted >= 0) {
                    return Optional.of(new UnixSocket(accepted));
                }
                if (!isPassing(Errno.of(NativeCalls.errno(errno)))) {
                    throw new NativeCallException(
                            "accept4", NativeCalls.errno(errno), "descriptor=" + descriptor);
                }
            }
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        OpenFiles.close(descriptor);
    }

    private static MemorySegment address(Arena arena, byte[] name) {
        MemorySegment address = arena.allocate(SUN_PATH_OFFSET + PATH_BYTES_MAX + 1, 2);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) UnixSocket.AF_UNIX);
        MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, SUN_PATH_OFFSET, name.length);
        return address;
    }

    /** A connection that was gone before it was accepted is no error of the listener. */
    private static boolean isPassing(Errno errno) {
        return errno == Errno.EAGAIN || errno == Errno.EINTR || errno == Errno.ECONNABORTED;
    }
}
