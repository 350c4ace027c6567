// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.files;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Which file this is, whatever its name: device and inode. While anybody holds a mapping, the
 * kernel gives neither to another file, so that a client may keep a mapping whose id it is told
 * again.
 */
public record FileId(long device, long inode) {
    public static final int BYTES = 16;

    /** The 16 bytes of the wire: device, inode, little-endian. */
    public byte[] toBytes() {
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(device)
                .putLong(inode)
                .array();
    }
}
