// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.protobuf.ByteString;
import io.moonpool.proto.v1.DescribeReply;
import io.moonpool.proto.v1.MemberPlace;
import io.moonpool.transfer.spi.PeerAddress;
import io.moonpool.transfer.spi.Token;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Where another member has one block right now, shard by shard, and what proves its bytes.
 *
 * @param segment the name of its arena there
 */
record RemoteBlock(MemberPlace owner, PeerAddress address, String segment, List<Shard> shards) {

    private static final int SLOT_BYTES = 32;

    /** Whom to read from, and how. */
    record Source(MemberPlace owner, PeerAddress address) {}

    Source source() {
        return new Source(owner, address);
    }

    /** One shard's slot at the owner. */
    record Shard(long offset, long bytes, long generation, int crc32c) {
        boolean isWithin(long segmentBytes) {
            return bytes > 0
                    && offset >= 0
                    && bytes <= segmentBytes
                    && offset <= segmentBytes - bytes;
        }
    }

    /**
     * The blocks that a reply describes, by their number in the question. A reply that contradicts
     * itself describes nothing.
     */
    static Map<Integer, RemoteBlock> read(
            MemberPlace owner, DescribeReply reply, List<Integer> asked, int shardCount) {
        Map<Integer, RemoteBlock> blocks = new HashMap<>();
        List<Integer> found = found(reply.getFound(), asked);
        boolean sound =
                reply.getSlots().size() == (long) found.size() * shardCount * SLOT_BYTES
                        && reply.getTransferEndpointsCount() > 0;
        if (found.isEmpty() || !sound) {
            return blocks;
        }
        PeerAddress address =
                new PeerAddress(
                        Token.of(reply.getTransferToken().toByteArray()),
                        reply.getTransferEndpointsList());
        String segment = reply.getSegment().toStringUtf8();
        ByteBuffer slots = reply.getSlots().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        for (int block : found) {
            List<Shard> shards = shards(slots, shardCount);
            if (shards.stream().allMatch(shard -> shard.isWithin(reply.getArenaBytes()))) {
                blocks.put(block, new RemoteBlock(owner, address, segment, shards));
            }
        }
        return blocks;
    }

    private static List<Integer> found(ByteString bitmap, List<Integer> asked) {
        return IntStream.range(0, asked.size())
                .filter(i -> Bitmap.has(bitmap, i))
                .mapToObj(asked::get)
                .toList();
    }

    private static List<Shard> shards(ByteBuffer slots, int count) {
        Shard[] shards = new Shard[count];
        for (int i = 0; i < count; i++) {
            shards[i] =
                    new Shard(slots.getLong(), slots.getLong(), slots.getLong(), slots.getInt());
            slots.getInt();
        }
        return List.of(shards);
    }
}
