// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A connected Unix stream socket that can carry open files, which those of the JDK can't. Every
 * wait has a deadline; a peer that stalls costs a {@link SocketTimeoutException}, one that closes
 * an {@link EOFException}. One thread.
 */
public final class UnixSocket implements AutoCloseable {
    static final int AF_UNIX = 1;
    static final int SOCK_NONBLOCK = 04000;
    static final int SOCK_CLOEXEC = 02000000;
    static final int STREAM_FLAGS = 1 | SOCK_NONBLOCK | SOCK_CLOEXEC;
    static final int ACCEPT_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC;
    static final short POLLIN = 1;
    static final short POLLOUT = 4;

    /** The kernel's bound of files in one message (SCM_MAX_FD). */
    private static final int DESCRIPTOR_COUNT_MAX = 253;

    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;
    private static final int MSG_NOSIGNAL = 0x4000;

    private final int descriptor;

    UnixSocket(int descriptor) {
        this.descriptor = descriptor;
    }

    public PeerCredentials peer() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(arena);
            MemorySegment credentials = arena.allocate(3 * Integer.BYTES, Integer.BYTES);
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_INT, 3 * Integer.BYTES);
            int result =
                    SocketCalls.getsockopt(
                            errno, descriptor, SOL_SOCKET, SO_PEERCRED, credentials, bytes);
            check(result, "getsockopt(SO_PEERCRED)", errno, null);
            return new PeerCredentials(
                    credentials.getAtIndex(ValueLayout.JAVA_INT, 0),
                    credentials.getAtIndex(ValueLayout.JAVA_INT, 1),
                    credentials.getAtIndex(ValueLayout.JAVA_INT, 2));
        }
    }

    /** Reads exactly {@code length} bytes. */
    public byte[] read(int length, Duration timeout) throws IOException {
        Deadline deadline = Deadline.in(timeout);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(arena);
            MemorySegment target = arena.allocate(Math.max(1, length));
            long done = 0;
            while (done < length) {
                requireReady(POLLIN, deadline, "read", done, length);
                MemorySegment rest = target.asSlice(done, length - done);
                long count = SocketCalls.recv(errno, descriptor, rest, 0);
                if (count == 0) {
                    throw new EOFException(
                            "peer closed after " + done + " of " + length + " bytes");
                }
                done += progress(count, "recv", errno);
            }
            return target.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    public void write(byte[] bytes, Duration timeout) throws IOException {
        sendDescriptors(bytes, new int[0], timeout);
    }

    /**
     * Writes the bytes; the files travel with the first of them. This process keeps its own
     * descriptors open.
     */
    public void sendDescriptors(byte[] bytes, int[] descriptors, Duration timeout)
            throws IOException {
        if (bytes.length == 0 || descriptors.length > DESCRIPTOR_COUNT_MAX) {
            throw new IllegalArgumentException(
                    "a message has at least 1 byte and at most "
                            + DESCRIPTOR_COUNT_MAX
                            + " files: bytes="
                            + bytes.length
                            + ", files="
                            + descriptors.length);
        }
        Deadline deadline = Deadline.in(timeout);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(arena);
            MemorySegment source = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            MemorySegment message = SocketMessage.of(arena, source, descriptors);
            long done = 0;
            while (done < bytes.length) {
                requireReady(POLLOUT, deadline, "write", done, bytes.length);
                long count =
                        progress(
                                SocketCalls.sendmsg(errno, descriptor, message, MSG_NOSIGNAL),
                                "sendmsg",
                                errno);
                if (count > 0) {
                    done += count;
                    message = SocketMessage.of(arena, source.asSlice(done));
                }
            }
        }
    }

    @Override
    public void close() {
        OpenFiles.close(descriptor);
    }

    /**
     * False when the deadline came first. A hang-up counts as ready: the next call tells what it
     * is.
     */
    static boolean awaitReady(int descriptor, short events, Deadline deadline) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(arena);
            // struct pollfd { int descriptor; short events; short revents; }
            MemorySegment polled = arena.allocate(8, Integer.BYTES);
            polled.set(ValueLayout.JAVA_INT, 0, descriptor);
            polled.set(ValueLayout.JAVA_SHORT, 4, events);
            while (true) {
                int timeoutMs = deadline.remainingMs();
                int ready = SocketCalls.poll(errno, polled, timeoutMs);
                if (ready > 0) {
                    return true;
                }
                if (ready < 0 && Errno.of(NativeCalls.errno(errno)) != Errno.EINTR) {
                    throw new NativeCallException(
                            "poll", NativeCalls.errno(errno), "descriptor=" + descriptor);
                }
                if (timeoutMs == 0) {
                    return false;
                }
            }
        }
    }

    static void check(int result, String call, MemorySegment errno, Path path)
            throws NativeCallException {
        if (result < 0) {
            throw new NativeCallException(
                    call, NativeCalls.errno(errno), path == null ? "Unix socket" : "path=" + path);
        }
    }

    private void requireReady(short events, Deadline deadline, String verb, long done, int length)
            throws IOException {
        if (!awaitReady(descriptor, events, deadline)) {
            throw new SocketTimeoutException(
                    "peer stalled, " + verb + " " + done + " of " + length + " bytes");
        }
    }

    /** Bytes moved; 0 when the call is to be tried again. */
    private static long progress(long count, String call, MemorySegment errno)
            throws NativeCallException {
        if (count >= 0) {
            return count;
        }
        Errno reason = Errno.of(NativeCalls.errno(errno));
        if (reason == Errno.EAGAIN || reason == Errno.EINTR) {
            return 0;
        }
        throw new NativeCallException(call, NativeCalls.errno(errno), "Unix socket");
    }
}
