// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;

/** Two checksums over a snapshot's bytes, however they are cut into pieces. */
final class ChecksumSink implements SnapshotSink {
    private final CRC32C upper = new CRC32C();
    private final CRC32 lower = new CRC32();
    private final byte[] piece = new byte[1 << 16];

    @Override
    public void accept(DirectBuffer buffer, int offset, int length) {
        for (int done = 0; done < length; done += piece.length) {
            int count = Math.min(piece.length, length - done);
            buffer.getBytes(offset + done, piece, 0, count);
            upper.update(piece, 0, count);
            lower.update(piece, 0, count);
        }
    }

    long value() {
        return upper.getValue() << Integer.SIZE | lower.getValue();
    }
}
