// SPDX-License-Identifier: Apache-2.0
package io.moonpool.proto.ring;

import static io.moonpool.proto.ring.VectorFile.fields;

import java.util.Map;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;

/** One ring message under the name of its files, with how to write it and how to read it back. */
record MessageVector(String name, Encoding encoding, Decoding decoding) {
    static final long JOB = 0x0102030405060708L;

    /** All bits set: the largest u64, which a reader of signed numbers gets wrong. */
    static final long UNSIGNED_MAX = -1L;

    static final MessageHeaderEncoder HEADER = new MessageHeaderEncoder();
    static final MessageHeaderDecoder READ = new MessageHeaderDecoder();

    /** Writes a message at 0 and returns where it ends. */
    interface Encoding {
        int encode(MutableDirectBuffer target);
    }

    /** Reads the message at 0. */
    interface Decoding {
        Map<String, Object> decode(DirectBuffer source);
    }

    /** Copies the variable part of a message. */
    interface Copy {
        int get(byte[] target, int offset, int length);
    }

    byte[] bytes() {
        MutableDirectBuffer target = new ExpandableArrayBuffer();
        byte[] bytes = new byte[encoding.encode(target)];
        target.getBytes(0, bytes);
        return bytes;
    }

    @Override
    public String toString() {
        return name;
    }

    /**
     * The fields of the header, which a reader checks before anything else, then those of the body.
     */
    static Map<String, Object> message(String name, Object... namesAndValues) {
        Map<String, Object> all =
                fields(
                        "message",
                        name,
                        "blockLength",
                        READ.blockLength(),
                        "templateId",
                        READ.templateId(),
                        "schemaId",
                        READ.schemaId(),
                        "version",
                        READ.version());
        all.put("fields", fields(namesAndValues));
        return all;
    }

    static byte[] rest(int length, Copy copy) {
        byte[] bytes = new byte[length];
        copy.get(bytes, 0, length);
        return bytes;
    }

    static byte[] hashes(int count) {
        byte[] bytes = new byte[32 * count];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (0xa0 + i / 32 * 0x10 + i % 16);
        }
        return bytes;
    }

    static byte[] ascending(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }
}
