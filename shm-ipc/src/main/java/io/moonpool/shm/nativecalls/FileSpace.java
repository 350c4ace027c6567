// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import static io.moonpool.shm.nativecalls.NativeCalls.C_INT;
import static io.moonpool.shm.nativecalls.NativeCalls.C_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The size of a file, and pages that are really there: on a tmpfs a mapped hole kills its reader
 * when memory is short.
 */
public final class FileSpace {
    // int fallocate(int descriptor, int mode, off_t offset, off_t bytes)
    private static final MethodHandle FALLOCATE =
            NativeCalls.capturing(
                    "fallocate", FunctionDescriptor.of(C_INT, C_INT, C_INT, C_LONG, C_LONG));
    // int ftruncate(int descriptor, off_t bytes)
    private static final MethodHandle FTRUNCATE =
            NativeCalls.capturing("ftruncate", FunctionDescriptor.of(C_INT, C_INT, C_LONG));

    private FileSpace() {}

    /** Gives a file its size without giving it pages. */
    public static void resize(int descriptor, long bytes) throws NativeCallException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(arena);
            if (ftruncate(errno, descriptor, bytes) != 0) {
                throw new NativeCallException(
                        "ftruncate", NativeCalls.errno(errno), "bytes=" + bytes);
            }
        }
    }

    /**
     * Allocates the pages of a range, all or (on ENOSPC) an unknown part of them; pages already
     * there keep their bytes.
     */
    public static void allocate(int descriptor, long offset, long bytes)
            throws NativeCallException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(arena);
            while (fallocate(errno, descriptor, offset, bytes) != 0) {
                int number = NativeCalls.errno(errno);
                if (Errno.of(number) != Errno.EINTR) {
                    throw new NativeCallException(
                            "fallocate", number, "offset=" + offset + ", bytes=" + bytes);
                }
            }
        }
    }

    private static int fallocate(MemorySegment errno, int descriptor, long offset, long bytes) {
        try {
            return (int) FALLOCATE.invokeExact(errno, descriptor, 0, offset, bytes);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    private static int ftruncate(MemorySegment errno, int descriptor, long bytes) {
        try {
            return (int) FTRUNCATE.invokeExact(errno, descriptor, bytes);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }
}
