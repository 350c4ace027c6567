// SPDX-License-Identifier: Apache-2.0
package io.moonpool.bench.store;

import io.moonpool.proto.ring.CommitEncoder;
import io.moonpool.proto.ring.IntendEncoder;
import io.moonpool.proto.ring.LookupEncoder;
import io.moonpool.proto.ring.LookupKeysEncoder;
import io.moonpool.proto.ring.MessageHeaderEncoder;
import io.moonpool.proto.ring.ReleaseEncoder;
import io.moonpool.shm.ring.RecordHandler;
import io.moonpool.shm.ring.RingConsumer;
import io.moonpool.shm.ring.RingProducer;
import io.moonpool.shm.session.SessionLayout;
import io.moonpool.sidecar.store.SessionGrant;
import java.lang.foreign.MemorySegment;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A client that allocates nothing once it is made, so that what is measured is the store. */
final class BenchClient implements RecordHandler {

    static final int RING_BYTES = 1 << 20;
    static final int LEASES_MAX = 256;
    static final int HASH_BYTES = 32;
    static final int BLOCK_TOKENS = 16;

    private final RingProducer requests;
    private final RingConsumer completions;
    private final long epoch;
    private final UnsafeBuffer record = new UnsafeBuffer(new byte[1 << 17]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final LookupKeysEncoder keys = new LookupKeysEncoder();
    private final LookupEncoder lookup = new LookupEncoder();
    private final ReleaseEncoder release = new ReleaseEncoder();
    private final IntendEncoder intend = new IntendEncoder();
    private final CommitEncoder commit = new CommitEncoder();
    private final byte[] noParent = new byte[HASH_BYTES];
    private long bytesAnswered;

    BenchClient(SessionGrant grant) {
        MemorySegment file = grant.files().getFirst().file().map();
        SessionLayout layout = SessionLayout.scheduler(LEASES_MAX, RING_BYTES, RING_BYTES);
        requests = new RingProducer(layout.requestRing(file), RING_BYTES);
        completions = new RingConsumer(layout.completionRing(file), RING_BYTES);
        epoch = grant.epoch();
    }

    void lookup(long jobId, byte[] hashes) {
        keys.wrapAndApplyHeader(record, 0, header).jobId(jobId).firstBlock(0).group(0);
        keys.putHashes(hashes, 0, hashes.length);
        send(LookupKeysEncoder.TEMPLATE_ID, keys.encodedLength());
        lookup.wrapAndApplyHeader(record, 0, header)
                .jobId(jobId)
                .epoch(epoch)
                .localTokens(0)
                .maxTokens((long) hashes.length / HASH_BYTES * BLOCK_TOKENS)
                .alignTokens(BLOCK_TOKENS)
                .flags(0);
        send(LookupEncoder.TEMPLATE_ID, lookup.encodedLength());
    }

    void release(long jobId) {
        release.wrapAndApplyHeader(record, 0, header).jobId(jobId).keepEntries(0);
        send(ReleaseEncoder.TEMPLATE_ID, release.encodedLength());
    }

    void intend(long jobId, byte[] hashes) {
        intend.wrapAndApplyHeader(record, 0, header)
                .jobId(jobId)
                .epoch(epoch)
                .firstPosition(0)
                .group(0)
                .flags(0);
        intend.putParentHash(noParent, 0, HASH_BYTES).putHashes(hashes, 0, hashes.length);
        send(IntendEncoder.TEMPLATE_ID, intend.encodedLength());
    }

    void commit(long jobId, byte[] bitmap) {
        commit.wrapAndApplyHeader(record, 0, header)
                .jobId(jobId)
                .putBlocks(bitmap, 0, bitmap.length);
        send(CommitEncoder.TEMPLATE_ID, commit.encodedLength());
    }

    private void send(int templateId, int bodyLength) {
        if (!requests.offer(
                templateId, record, 0, MessageHeaderEncoder.ENCODED_LENGTH + bodyLength)) {
            throw new IllegalStateException("request ring is full");
        }
    }

    /** Reads all answers; returns the bytes of all so far. */
    long drain() {
        completions.poll(this, Integer.MAX_VALUE);
        return bytesAnswered;
    }

    @Override
    public void onRecord(int type, MutableDirectBuffer buffer, int offset, int length) {
        bytesAnswered += length;
    }
}
