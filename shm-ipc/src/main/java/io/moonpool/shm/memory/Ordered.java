// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Little-endian access to shared memory with the order of every load and store in its name. Release
 * stores and acquire loads pair up across processes as the spec says at each publication point;
 * plain access is for bytes that some other release publishes.
 *
 * <p>Every access is bounds-checked by the segment, and offsets of ordered access must be aligned.
 */
public final class Ordered {
    /** Little-endian u64 that may stand at any offset. */
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle SHARED_LONG =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final VarHandle SHARED_INT =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private Ordered() {}

    public static long longAcquire(MemorySegment memory, long offset) {
        return (long) SHARED_LONG.getAcquire(memory, offset);
    }

    public static void longRelease(MemorySegment memory, long offset, long value) {
        SHARED_LONG.setRelease(memory, offset, value);
    }

    public static int intAcquire(MemorySegment memory, long offset) {
        return (int) SHARED_INT.getAcquire(memory, offset);
    }

    public static void intRelease(MemorySegment memory, long offset, int value) {
        SHARED_INT.setRelease(memory, offset, value);
    }

    public static long longPlain(MemorySegment memory, long offset) {
        return memory.get(LONG, offset);
    }

    public static void longPlain(MemorySegment memory, long offset, long value) {
        memory.set(LONG, offset, value);
    }

    public static int intPlain(MemorySegment memory, long offset) {
        return memory.get(INT, offset);
    }

    public static void intPlain(MemorySegment memory, long offset, int value) {
        memory.set(INT, offset, value);
    }

    /** An unsigned 16-bit value. */
    public static int shortPlain(MemorySegment memory, long offset) {
        return Short.toUnsignedInt(memory.get(SHORT, offset));
    }

    public static void shortPlain(MemorySegment memory, long offset, int value) {
        memory.set(SHORT, offset, (short) value);
    }

    /** An unsigned byte. */
    public static int bytePlain(MemorySegment memory, long offset) {
        return Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, offset));
    }

    public static void bytePlain(MemorySegment memory, long offset, int value) {
        memory.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }
}
