// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.proto.ring.ClosingEncoder;
import io.moonpool.proto.ring.ClosingReason;
import io.moonpool.proto.ring.CommittedEncoder;
import io.moonpool.proto.ring.EntriesEncoder;
import io.moonpool.proto.ring.EvictedEncoder;
import io.moonpool.proto.ring.IntendAnswerEncoder;
import io.moonpool.proto.ring.IntendStatus;
import io.moonpool.proto.ring.LookupAnswerEncoder;
import io.moonpool.proto.ring.LookupStatus;
import io.moonpool.proto.ring.MessageHeaderEncoder;
import io.moonpool.proto.ring.MissReason;
import io.moonpool.proto.ring.PongEncoder;
import io.moonpool.proto.ring.ResetDoneEncoder;
import io.moonpool.proto.ring.StagingEncoder;
import io.moonpool.shm.layout.EntryDescriptor;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import io.moonpool.shm.ring.Doorbell;
import io.moonpool.shm.ring.RingProducer;
import io.moonpool.shm.session.SessionFile;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes answers to a session's completion ring. Never waits: each method returns false when the
 * ring is full, and then whatever it granted must be taken back. The doorbell rings once a batch,
 * in {@link #flush}.
 */
final class AnswerProxy {

    /** What a LookupAnswer without a lease says for its cell. */
    static final int NO_CELL = LookupAnswerEncoder.cellNullValue();

    private static final int RECORD_BYTES_MAX = 1 << 16;
    private static final int ENTRIES_OVERHEAD =
            MessageHeaderEncoder.ENCODED_LENGTH + EntriesEncoder.BLOCK_LENGTH + Integer.BYTES;

    private final RingProducer ring;
    private final Doorbell doorbell;
    private final int entriesInRecord;
    private final int entriesMax;
    private final UnsafeBuffer record;
    private final UnsafeBuffer entries;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final EntriesEncoder entriesMessage = new EntriesEncoder();
    private final LookupAnswerEncoder lookupAnswer = new LookupAnswerEncoder();
    private final StagingEncoder staging = new StagingEncoder();
    private final IntendAnswerEncoder intendAnswer = new IntendAnswerEncoder();
    private final CommittedEncoder committed = new CommittedEncoder();
    private final EvictedEncoder evicted = new EvictedEncoder();
    private final PongEncoder pong = new PongEncoder();
    private final ClosingEncoder closing = new ClosingEncoder();
    private final ResetDoneEncoder resetDone = new ResetDoneEncoder();
    private boolean dirty;

    AnswerProxy(SessionFile file) {
        ring = file.completions();
        doorbell = file.completionDoorbell();
        int bytes = Math.min(RECORD_BYTES_MAX, ring.bodyBytesMax());
        entriesInRecord = (bytes - ENTRIES_OVERHEAD) / EntryDescriptor.BYTES;
        // Three quarters of the ring: an answer that could never fit would be dropped for ever.
        entriesMax = file.layout().completionRingCapacity() / 4 * 3 / EntryDescriptor.BYTES;
        record = new UnsafeBuffer(new byte[bytes]);
        entries = new UnsafeBuffer(new byte[entriesInRecord * EntryDescriptor.BYTES]);
    }

    /** Entries of the longest answer. */
    int entriesMax() {
        return entriesMax;
    }

    /** Wakes the client if anything was written since. */
    void flush() {
        if (dirty) {
            dirty = false;
            doorbell.ring();
        }
    }

    /** The client has something to see that is no message. */
    void touch() {
        dirty = true;
    }

    /** The entries of these objects, whole or (when false) in part. */
    boolean entries(SlotJob job, ObjectStore store, int state) {
        int first = 0;
        int count = 0;
        for (int i = 0; i < job.objectCount; i++) {
            int slot = store.objects.slotFirst(job.objects[i]);
            for (; slot != ObjectTable.NONE; slot = store.slots.next(slot)) {
                putEntry(count++, slot, store, state);
                if (count == entriesInRecord) {
                    if (!sendEntries(job.jobId, first, count)) {
                        return false;
                    }
                    first += count;
                    count = 0;
                }
            }
        }
        return count == 0 || sendEntries(job.jobId, first, count);
    }

    private void putEntry(int index, int slot, ObjectStore store, int state) {
        int at = index * EntryDescriptor.BYTES;
        long word = SlotHeaderDescriptor.word(store.headers.generation(slot), state);
        int payload = (int) store.headers.fields().payloadBytes(slot);
        entries.putLong(
                at + EntryDescriptor.ARENA_OFFSET_OFFSET,
                store.slabs.offset(slot),
                ByteOrder.LITTLE_ENDIAN);
        entries.putLong(at + EntryDescriptor.WORD_OFFSET, word, ByteOrder.LITTLE_ENDIAN);
        entries.putInt(at + EntryDescriptor.SLOT_OFFSET, slot, ByteOrder.LITTLE_ENDIAN);
        entries.putInt(at + EntryDescriptor.PAYLOAD_BYTES_OFFSET, payload, ByteOrder.LITTLE_ENDIAN);
    }

    private boolean sendEntries(long jobId, int first, int count) {
        entriesMessage
                .wrapAndApplyHeader(record, 0, header)
                .jobId(jobId)
                .firstEntry(first)
                .putEntries(entries, 0, count * EntryDescriptor.BYTES);
        return send(EntriesEncoder.TEMPLATE_ID, entriesMessage.encodedLength());
    }

    /** An answer without a lease. */
    boolean noHit(
            long jobId, LookupStatus status, MissReason reason, HitFinder finder, Session session) {
        begin(jobId, 0, 0, NO_CELL).status(status).missReason(reason);
        int groups = finder == null ? 0 : session.layouts.length;
        LookupAnswerEncoder.GroupsEncoder group = lookupAnswer.groupsCount(groups);
        for (int i = 0; i < groups; i++) {
            group.next()
                    .group(session.layouts[i].group)
                    .firstBlock(session.keys.firstBlock(i))
                    .blockCount(0)
                    .presentCount(finder.present[i]);
        }
        return send(LookupAnswerEncoder.TEMPLATE_ID, lookupAnswer.encodedLength());
    }

    /** An answer whose entries were sent. */
    boolean hit(Lease lease, int entryCount, long boundary, MissReason reason, HitFinder finder) {
        begin(lease.jobId, boundary, entryCount, lease.cell)
                .status(LookupStatus.OK)
                .missReason(reason);
        Session session = lease.session;
        LookupAnswerEncoder.GroupsEncoder group = lookupAnswer.groupsCount(session.layouts.length);
        for (int i = 0; i < session.layouts.length; i++) {
            int first = finder.firstLeased(i, boundary);
            group.next()
                    .group(session.layouts[i].group)
                    .firstBlock(first)
                    .blockCount(finder.endLeased(i, boundary) - first)
                    .presentCount(finder.present[i]);
        }
        return send(LookupAnswerEncoder.TEMPLATE_ID, lookupAnswer.encodedLength());
    }

    private LookupAnswerEncoder begin(long jobId, long hitTokens, int entryCount, int cell) {
        return lookupAnswer
                .wrapAndApplyHeader(record, 0, header)
                .jobId(jobId)
                .hitTokens(hitTokens)
                .entryCount(entryCount)
                .cell(cell);
    }

    /** The answer is on its way and comes within so many milliseconds. */
    boolean staging(long jobId, int waitMillis) {
        staging.wrapAndApplyHeader(record, 0, header).jobId(jobId).waitMillis(waitMillis);
        return send(StagingEncoder.TEMPLATE_ID, staging.encodedLength());
    }

    boolean intendAnswer(
            long jobId, IntendStatus status, int entryCount, byte[] verdicts, int count) {
        intendAnswer
                .wrapAndApplyHeader(record, 0, header)
                .jobId(jobId)
                .entryCount(entryCount)
                .status(status)
                .putVerdicts(verdicts, 0, count);
        return send(IntendAnswerEncoder.TEMPLATE_ID, intendAnswer.encodedLength());
    }

    boolean committed(long jobId, int stored) {
        committed.wrapAndApplyHeader(record, 0, header).jobId(jobId).stored(stored);
        return send(CommittedEncoder.TEMPLATE_ID, committed.encodedLength());
    }

    boolean evicted(int group, DirectBuffer hashes, int count) {
        evicted.wrapAndApplyHeader(record, 0, header)
                .group(group)
                .putHashes(hashes, 0, count * BlockKey.HASH_BYTES);
        return send(EvictedEncoder.TEMPLATE_ID, evicted.encodedLength());
    }

    boolean pong(long nonce) {
        pong.wrapAndApplyHeader(record, 0, header).nonce(nonce);
        return send(PongEncoder.TEMPLATE_ID, pong.encodedLength());
    }

    boolean closing(ClosingReason reason) {
        closing.wrapAndApplyHeader(record, 0, header).reason(reason);
        return send(ClosingEncoder.TEMPLATE_ID, closing.encodedLength());
    }

    boolean resetDone(long jobId, long epoch) {
        resetDone.wrapAndApplyHeader(record, 0, header).jobId(jobId).epoch(epoch);
        return send(ResetDoneEncoder.TEMPLATE_ID, resetDone.encodedLength());
    }

    private boolean send(int templateId, int bodyLength) {
        dirty = true;
        return ring.offer(templateId, record, 0, MessageHeaderEncoder.ENCODED_LENGTH + bodyLength);
    }
}
