// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import static io.moonpool.shm.nativecalls.NativeCalls.C_INT;
import static io.moonpool.shm.nativecalls.NativeCalls.C_LONG;
import static io.moonpool.shm.nativecalls.NativeCalls.C_POINTER;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The socket functions of the C library. Each takes a segment for errno and answers as in C. */
final class SocketCalls {
    private static final MethodHandle SOCKET =
            NativeCalls.capturing("socket", FunctionDescriptor.of(C_INT, C_INT, C_INT, C_INT));
    private static final MethodHandle BIND =
            NativeCalls.capturing("bind", FunctionDescriptor.of(C_INT, C_INT, C_POINTER, C_INT));
    private static final MethodHandle LISTEN =
            NativeCalls.capturing("listen", FunctionDescriptor.of(C_INT, C_INT, C_INT));
    private static final MethodHandle ACCEPT =
            NativeCalls.capturing(
                    "accept4", FunctionDescriptor.of(C_INT, C_INT, C_POINTER, C_POINTER, C_INT));
    private static final MethodHandle POLL =
            NativeCalls.capturing("poll", FunctionDescriptor.of(C_INT, C_POINTER, C_LONG, C_INT));
    private static final MethodHandle GETSOCKOPT =
            NativeCalls.capturing(
                    "getsockopt",
                    FunctionDescriptor.of(C_INT, C_INT, C_INT, C_INT, C_POINTER, C_POINTER));
    private static final MethodHandle RECV =
            NativeCalls.capturing(
                    "recv", FunctionDescriptor.of(C_LONG, C_INT, C_POINTER, C_LONG, C_INT));
    private static final MethodHandle SENDMSG =
            NativeCalls.capturing(
                    "sendmsg", FunctionDescriptor.of(C_LONG, C_INT, C_POINTER, C_INT));

    private SocketCalls() {}

    static int socket(MemorySegment errno, int domain, int type) {
        try {
            return (int) SOCKET.invokeExact(errno, domain, type, 0);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    static int bind(MemorySegment errno, int descriptor, MemorySegment address, int addressBytes) {
        try {
            return (int) BIND.invokeExact(errno, descriptor, address.address(), addressBytes);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    static int listen(MemorySegment errno, int descriptor, int backlog) {
        try {
            return (int) LISTEN.invokeExact(errno, descriptor, backlog);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    static int accept(MemorySegment errno, int descriptor, int flags) {
        try {
            return (int) ACCEPT.invokeExact(errno, descriptor, 0L, 0L, flags);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    static int poll(MemorySegment errno, MemorySegment descriptors, int timeoutMs) {
        try {
            return (int) POLL.invokeExact(errno, descriptors.address(), 1L, timeoutMs);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    static int getsockopt(
            MemorySegment errno,
            int descriptor,
            int level,
            int option,
            MemorySegment value,
            MemorySegment bytes) {
        try {
            return (int)
                    GETSOCKOPT.invokeExact(
                            errno, descriptor, level, option, value.address(), bytes.address());
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    static long recv(MemorySegment errno, int descriptor, MemorySegment target, int flags) {
        try {
            return (long)
                    RECV.invokeExact(errno, descriptor, target.address(), target.byteSize(), flags);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    static long sendmsg(MemorySegment errno, int descriptor, MemorySegment message, int flags) {
        try {
            return (long) SENDMSG.invokeExact(errno, descriptor, message.address(), flags);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }
}
