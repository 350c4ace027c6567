// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

import io.moonpool.pool.state.Digest;
import io.moonpool.pool.state.Fact;
import io.moonpool.pool.state.Floor;
import io.moonpool.pool.state.MemberId;
import io.moonpool.pool.state.ObjectKey;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Facts as bytes. */
final class FactCodec {
    private static final int FLOOR = 1;
    private static final int QUOTA = 2;
    private static final int MARK = 3;
    private static final int REMOVED = 4;
    private static final int ALL_REMOVED = 5;
    private static final int DRAINING = 6;

    private FactCodec() {}

    static void write(Fact fact, DataOutputStream out) throws IOException {
        switch (fact) {
            case Fact.FloorRaised raised -> writeFloor(raised.floor(), out);
            case Fact.Quota quota -> {
                out.writeByte(QUOTA);
                out.writeUTF(quota.tenant());
                out.writeLong(quota.bytes());
            }
            case Fact.Marked marked -> {
                out.writeByte(MARK);
                writeKey(marked.key(), out);
                out.writeInt(marked.wanted());
                out.writeLong(marked.softUntil());
                out.writeLong(marked.hardUntil());
            }
            case Fact.Removed removed -> {
                out.writeByte(REMOVED);
                writeKey(removed.key(), out);
                out.writeUTF(removed.tenant());
                out.writeLong(removed.removal());
            }
            case Fact.AllRemoved all -> {
                out.writeByte(ALL_REMOVED);
                out.writeUTF(all.tenant());
                out.writeLong(all.removal());
            }
            case Fact.Draining draining -> writeDraining(draining, out);
        }
    }

    private static void writeFloor(Floor floor, DataOutputStream out) throws IOException {
        out.writeByte(FLOOR);
        out.writeUTF(floor.tenant());
        out.write(floor.namespace().bytes());
        out.writeLong(floor.epoch());
    }

    private static void writeDraining(Fact.Draining draining, DataOutputStream out)
            throws IOException {
        out.writeByte(DRAINING);
        out.write(draining.member().bytes());
        out.writeBoolean(draining.running());
        out.writeInt(draining.targets().size());
        for (String target : draining.targets()) {
            out.writeUTF(target);
        }
    }

    private static void writeKey(ObjectKey key, DataOutputStream out) throws IOException {
        out.write(key.layout().bytes());
        out.writeLong(key.epoch());
        out.write(key.hash().bytes());
    }

    static Fact read(DataInputStream in) throws IOException {
        int type = in.readUnsignedByte();
        return switch (type) {
            case FLOOR ->
                    new Fact.FloorRaised(new Floor(in.readUTF(), readDigest(in), in.readLong()));
            case QUOTA -> new Fact.Quota(in.readUTF(), in.readLong());
            case MARK -> new Fact.Marked(readKey(in), in.readInt(), in.readLong(), in.readLong());
            case REMOVED -> new Fact.Removed(readKey(in), in.readUTF(), in.readLong());
            case ALL_REMOVED -> new Fact.AllRemoved(in.readUTF(), in.readLong());
            case DRAINING -> readDraining(in);
            default -> throw new IOException("has a fact of the unknown kind " + type);
        };
    }

    private static Fact readDraining(DataInputStream in) throws IOException {
        MemberId member = MemberId.of(readBytes(in, MemberId.BYTES));
        boolean running = in.readBoolean();
        int count = in.readInt();
        List<String> targets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            targets.add(in.readUTF());
        }
        return new Fact.Draining(member, running, targets);
    }

    private static ObjectKey readKey(DataInputStream in) throws IOException {
        return new ObjectKey(readDigest(in), in.readLong(), readDigest(in));
    }

    private static Digest readDigest(DataInputStream in) throws IOException {
        return Digest.of(readBytes(in, Digest.BYTES));
    }

    private static byte[] readBytes(DataInputStream in, int count) throws IOException {
        byte[] bytes = new byte[count];
        in.readFully(bytes);
        return bytes;
    }
}
