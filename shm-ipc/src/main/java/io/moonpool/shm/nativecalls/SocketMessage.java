// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Builds a struct msghdr with one piece of data and, with it, open files.
 *
 * <pre>
 *   msghdr, 56 bytes                                   control (cmsghdr + numbers)
 *    0 name      8 nameBytes  16 iov   24 iovCount       0 bytes  8 level  12 type  16 int[]
 *   32 control  40 controlBytes        48 flags
 * </pre>
 */
final class SocketMessage {
    private static final int MSGHDR_BYTES = 56;
    private static final int IOV_OFFSET = 16;
    private static final int IOV_COUNT_OFFSET = 24;
    private static final int CONTROL_OFFSET = 32;
    private static final int CONTROL_BYTES_OFFSET = 40;
    private static final int CMSG_HEADER_BYTES = 16;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;

    private SocketMessage() {}

    static MemorySegment of(Arena arena, MemorySegment data, int... descriptors) {
        MemorySegment message = arena.allocate(MSGHDR_BYTES, Long.BYTES);
        MemorySegment vector = arena.allocate(2 * Long.BYTES, Long.BYTES);
        vector.set(ValueLayout.JAVA_LONG, 0, data.address());
        vector.set(ValueLayout.JAVA_LONG, Long.BYTES, data.byteSize());
        message.set(ValueLayout.JAVA_LONG, IOV_OFFSET, vector.address());
        message.set(ValueLayout.JAVA_LONG, IOV_COUNT_OFFSET, 1);
        if (descriptors.length > 0) {
            MemorySegment control = control(arena, descriptors);
            message.set(ValueLayout.JAVA_LONG, CONTROL_OFFSET, control.address());
            message.set(ValueLayout.JAVA_LONG, CONTROL_BYTES_OFFSET, control.byteSize());
        }
        return message;
    }

    private static MemorySegment control(Arena arena, int... descriptors) {
        int numbers = descriptors.length * Integer.BYTES;
        // CMSG_SPACE: rounded up, while the header's own length is not.
        MemorySegment control =
                arena.allocate(CMSG_HEADER_BYTES + (numbers + 7L & -8L), Long.BYTES);
        control.set(ValueLayout.JAVA_LONG, 0, CMSG_HEADER_BYTES + numbers);
        control.set(ValueLayout.JAVA_INT, 8, SOL_SOCKET);
        control.set(ValueLayout.JAVA_INT, 12, SCM_RIGHTS);
        MemorySegment.copy(
                descriptors,
                0,
                control,
                ValueLayout.JAVA_INT,
                CMSG_HEADER_BYTES,
                descriptors.length);
        return control;
    }
}
