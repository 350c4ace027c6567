// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import static io.moonpool.shm.nativecalls.NativeCalls.C_INT;
import static io.moonpool.shm.nativecalls.NativeCalls.C_POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * Asks whether another process holds a POSIX record lock: the proof that it lives. Only asks
 * (F_GETLK), because taking the lock for a moment could make the other side's own attempt fail. A
 * process doesn't see its own locks here.
 */
public final class RecordLock {
    private static final int F_GETLK = 5;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;

    /** struct flock; start and length 0 from SEEK_SET mean the whole file. */
    private static final MemoryLayout FLOCK =
            MemoryLayout.structLayout(
                    ValueLayout.JAVA_SHORT.withName("type"),
                    ValueLayout.JAVA_SHORT.withName("whence"),
                    MemoryLayout.paddingLayout(4),
                    ValueLayout.JAVA_LONG.withName("start"),
                    ValueLayout.JAVA_LONG.withName("length"),
                    ValueLayout.JAVA_INT.withName("pid"),
                    MemoryLayout.paddingLayout(4));

    private static final VarHandle TYPE = FLOCK.varHandle(PathElement.groupElement("type"));

    // int fcntl(int descriptor, int command, struct flock *lock)
    private static final MethodHandle FCNTL =
            NativeCalls.capturingVariadic(
                    "fcntl", FunctionDescriptor.of(C_INT, C_INT, C_INT, C_POINTER), 2);

    private RecordLock() {}

    /** True while some other process holds a lock on any byte of the file. */
    public static boolean isHeldElsewhere(int descriptor) throws NativeCallException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(arena);
            MemorySegment lock = arena.allocate(FLOCK);
            TYPE.set(lock, 0L, F_WRLCK);
            if (getLock(errno, descriptor, lock.address()) != 0) {
                throw new NativeCallException(
                        "fcntl(F_GETLK)", NativeCalls.errno(errno), "descriptor=" + descriptor);
            }
            return (short) TYPE.get(lock, 0L) != F_UNLCK;
        }
    }

    private static int getLock(MemorySegment errno, int descriptor, long lock) {
        try {
            return (int) FCNTL.invokeExact(errno, descriptor, F_GETLK, lock);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }
}
