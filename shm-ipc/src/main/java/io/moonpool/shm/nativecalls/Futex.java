// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import static io.moonpool.shm.nativecalls.NativeCalls.C_INT;
import static io.moonpool.shm.nativecalls.NativeCalls.C_LONG;
import static io.moonpool.shm.nativecalls.NativeCalls.C_POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;

/**
 * Waits on and wakes a u32 of shared memory, across processes (so never FUTEX_PRIVATE). Any thread
 * may wake, one thread at a time may await. The kernel gets the bare address: on memory that was
 * unmapped meanwhile it answers EFAULT, and no segment is held open by a sleeper. The caller keeps
 * the memory mapped.
 */
public final class Futex {
    private static final int FUTEX_WAIT = 0;
    private static final int FUTEX_WAKE = 1;
    private static final long SYS_FUTEX =
            System.getProperty("os.arch").equals("aarch64") ? 98 : 202;

    // long syscall(long number, u32 *address, int op, u32 value, const timespec *timeout)
    private static final FunctionDescriptor SIGNATURE =
            FunctionDescriptor.of(C_LONG, C_LONG, C_POINTER, C_INT, C_INT, C_POINTER);
    private static final MethodHandle WAIT = NativeCalls.capturingVariadic("syscall", SIGNATURE, 1);
    private static final MethodHandle WAKE =
            NativeCalls.find("syscall", SIGNATURE, Linker.Option.firstVariadicArg(1));

    /** Why a wait ended. */
    public enum Wake {
        /** Woken, or for no reason at all: look at the memory. */
        WOKEN,
        /** The memory showed another value: nobody slept. */
        CHANGED,
        TIMED_OUT
    }

    private final long address;
    private final MemorySegment timeout = Arena.ofAuto().allocate(2 * Long.BYTES, Long.BYTES);
    private final MemorySegment errno = NativeCalls.errnoCapture(Arena.ofAuto());

    public Futex(MemorySegment memory, long offset) {
        this.address = memory.asSlice(offset, Integer.BYTES).address();
        if (!memory.isNative() || address % Integer.BYTES != 0) {
            throw new IllegalArgumentException(
                    "a futex is 4 aligned bytes of native memory: offset=" + offset);
        }
    }

    /** Sleeps while the memory shows {@code expected}, for at most {@code maxNanos}. */
    public Wake await(int expected, long maxNanos) {
        if (maxNanos <= 0) {
            return Wake.TIMED_OUT;
        }
        timeout.set(C_LONG, 0, maxNanos / TimeUnit.SECONDS.toNanos(1));
        timeout.set(C_LONG, Long.BYTES, maxNanos % TimeUnit.SECONDS.toNanos(1));
        return sleep(expected) == 0 ? Wake.WOKEN : outcome(Errno.of(NativeCalls.errno(errno)));
    }

    /** Wakes at most {@code count} sleepers. */
    public void wake(int count) {
        try {
            long ignored = (long) WAKE.invokeExact(SYS_FUTEX, address, FUTEX_WAKE, count, 0L);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    private long sleep(int expected) {
        try {
            return (long)
                    WAIT.invokeExact(
                            errno, SYS_FUTEX, address, FUTEX_WAIT, expected, timeout.address());
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    private static Wake outcome(Errno errno) {
        return switch (errno) {
            case EAGAIN -> Wake.CHANGED;
            case ETIMEDOUT -> Wake.TIMED_OUT;
            case EINTR -> Wake.WOKEN;
            default -> throw new IllegalStateException("futex wait failed: errno=" + errno);
        };
    }
}
