// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Fields of a snapshot, one after the other, little-endian. */
final class SnapshotWriter {
    private static final int BUFFER_BYTES = 1 << 16;

    private final SnapshotSink sink;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BUFFER_BYTES]);
    private int used;

    SnapshotWriter(SnapshotSink sink) {
        this.sink = sink;
    }

    void putBoolean(boolean value) {
        putInt(value ? 1 : 0);
    }

    void putInt(int value) {
        room(Integer.BYTES);
        buffer.putInt(used, value, ByteOrder.LITTLE_ENDIAN);
        used += Integer.BYTES;
    }

    void putLong(long value) {
        room(Long.BYTES);
        buffer.putLong(used, value, ByteOrder.LITTLE_ENDIAN);
        used += Long.BYTES;
    }

    void putString(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        putInt(bytes.length);
        putBytes(new UnsafeBuffer(bytes), bytes.length);
    }

    void putStrings(List<String> values) {
        putInt(values.size());
        values.forEach(this::putString);
    }

    void putDigest(Digest digest) {
        putLong(digest.word0());
        putLong(digest.word1());
        putLong(digest.word2());
        putLong(digest.word3());
    }

    void putId(MemberId id) {
        putLong(id.high());
        putLong(id.low());
    }

    void putKey(ObjectKey key) {
        putDigest(key.layout());
        putLong(key.epoch());
        putDigest(key.hash());
    }

    void putBytes(DirectBuffer source, int length) {
        flush();
        sink.accept(source, 0, length);
    }

    private void room(int bytes) {
        if (used + bytes > BUFFER_BYTES) {
            flush();
        }
    }

    void flush() {
        if (used > 0) {
            sink.accept(buffer, 0, used);
            used = 0;
        }
    }
}
