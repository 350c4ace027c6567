// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import static io.moonpool.shm.nativecalls.NativeCalls.C_INT;
import static io.moonpool.shm.nativecalls.NativeCalls.C_LONG;
import static io.moonpool.shm.nativecalls.NativeCalls.C_POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** What the kernel may do with a mapping ahead of its use. */
public final class MemoryAdvice {
    private static final int MADV_POPULATE_READ = 22;

    // int madvise(void *address, size_t bytes, int advice)
    private static final MethodHandle MADVISE =
            NativeCalls.capturing(
                    "madvise", FunctionDescriptor.of(C_INT, C_POINTER, C_LONG, C_INT));

    private MemoryAdvice() {}

    /**
     * Fills the page tables of a page-aligned range, so that its first use takes no fault. False
     * where the kernel, before Linux 5.14, doesn't know how: then the first use is slower and
     * nothing else.
     */
    public static boolean populate(MemorySegment mapping, long offset, long bytes)
            throws NativeCallException {
        long address = mapping.asSlice(offset, bytes).address();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(arena);
            if (madvise(errno, address, bytes) == 0) {
                return true;
            }
            int number = NativeCalls.errno(errno);
            if (Errno.of(number) == Errno.EINVAL) {
                return false;
            }
            throw new NativeCallException(
                    "madvise", number, "offset=" + offset + ", bytes=" + bytes);
        }
    }

    private static int madvise(MemorySegment errno, long address, long bytes) {
        try {
            return (int) MADVISE.invokeExact(errno, address, bytes, MADV_POPULATE_READ);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }
}
