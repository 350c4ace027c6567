// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** The reverse of {@link SnapshotWriter}; believes no length that it has not compared. */
final class SnapshotReader {
    private static final int STRING_BYTES_MAX = 1 << 16;
    private static final int STRINGS_MAX = 1 << 16;

    private final SnapshotSource source;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[Long.BYTES]);

    SnapshotReader(SnapshotSource source) {
        this.source = source;
    }

    boolean getBoolean() {
        return getInt() != 0;
    }

    int getInt() {
        source.read(buffer, 0, Integer.BYTES);
        return buffer.getInt(0, ByteOrder.LITTLE_ENDIAN);
    }

    /** A number that says how many of something follow. */
    int getCount(int max, String what) {
        int count = getInt();
        if (count < 0 || count > max) {
            throw new BadSnapshot(
                    "snapshot: %s: is %d, and at most %d is possible".formatted(what, count, max));
        }
        return count;
    }

    long getLong() {
        source.read(buffer, 0, Long.BYTES);
        return buffer.getLong(0, ByteOrder.LITTLE_ENDIAN);
    }

    String getString() {
        byte[] bytes = new byte[getCount(STRING_BYTES_MAX, "length of a text")];
        source.read(new UnsafeBuffer(bytes), 0, bytes.length);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    List<String> getStrings() {
        int count = getCount(STRINGS_MAX, "texts");
        List<String> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(getString());
        }
        return values;
    }

    Digest getDigest() {
        return new Digest(getLong(), getLong(), getLong(), getLong());
    }

    MemberId getId() {
        return new MemberId(getLong(), getLong());
    }

    ObjectKey getKey() {
        return new ObjectKey(getDigest(), getLong(), getDigest());
    }

    void getBytes(UnsafeBuffer target, int length) {
        source.read(target, 0, length);
    }
}
