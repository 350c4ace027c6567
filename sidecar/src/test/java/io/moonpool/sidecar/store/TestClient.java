// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.proto.ring.AbortEncoder;
import io.moonpool.proto.ring.CancelEncoder;
import io.moonpool.proto.ring.ClosingDecoder;
import io.moonpool.proto.ring.ClosingReason;
import io.moonpool.proto.ring.CommitEncoder;
import io.moonpool.proto.ring.CommittedDecoder;
import io.moonpool.proto.ring.EntriesDecoder;
import io.moonpool.proto.ring.EvictedDecoder;
import io.moonpool.proto.ring.IntendAnswerDecoder;
import io.moonpool.proto.ring.IntendEncoder;
import io.moonpool.proto.ring.IntendStatus;
import io.moonpool.proto.ring.LookupAnswerDecoder;
import io.moonpool.proto.ring.LookupEncoder;
import io.moonpool.proto.ring.LookupKeysEncoder;
import io.moonpool.proto.ring.LookupStatus;
import io.moonpool.proto.ring.MessageHeaderDecoder;
import io.moonpool.proto.ring.MessageHeaderEncoder;
import io.moonpool.proto.ring.MissReason;
import io.moonpool.proto.ring.PingEncoder;
import io.moonpool.proto.ring.PongDecoder;
import io.moonpool.proto.ring.ReleaseEncoder;
import io.moonpool.proto.ring.ResetDoneDecoder;
import io.moonpool.proto.ring.ResetEncoder;
import io.moonpool.proto.ring.StagingDecoder;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import io.moonpool.shm.ring.RingConsumer;
import io.moonpool.shm.ring.RingProducer;
import io.moonpool.shm.session.SessionLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The other end of a session's rings: encodes requests, decodes answers, copies payload that
 * follows from the key.
 */
final class TestClient {

    /** A slot as an answer names it. */
    record Entry(long offset, long word, int slot, int bytes) {}

    record LookupAnswer(
            long hitTokens,
            LookupStatus status,
            MissReason reason,
            int cell,
            List<Entry> entries,
            List<int[]> groups) {}

    record IntendAnswer(IntendStatus status, byte[] verdicts, List<Entry> entries) {
        int granted() {
            int count = 0;
            for (byte verdict : verdicts) {
                count += verdict == 0 ? 1 : 0;
            }
            return count;
        }
    }

    final StoreRig rig;
    final SessionRequest request;
    final SessionGrant grant;
    final MemorySegment file;
    final MemorySegment arena;
    final RingProducer requests;
    final RingConsumer completions;
    final SessionLayout layout;
    long epoch;
    long lastJob;

    final Map<Long, LookupAnswer> lookups = new HashMap<>();
    final Map<Long, IntendAnswer> intends = new HashMap<>();
    final Map<Long, Integer> committed = new HashMap<>();
    final Map<Long, Long> resets = new HashMap<>();
    final List<byte[]> evicted = new ArrayList<>();
    final List<Long> pongs = new ArrayList<>();
    final List<Long> staged = new ArrayList<>();
    ClosingReason closing;

    private final UnsafeBuffer out = new UnsafeBuffer(new byte[1 << 16]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final List<Entry> entries = new ArrayList<>();

    TestClient(StoreRig rig, SessionRequest request, SessionGrant grant) {
        this.rig = rig;
        this.request = request;
        this.grant = grant;
        this.epoch = grant.epoch();
        this.file = grant.files().get(0).file().map();
        this.arena = grant.files().get(2).file().map();
        boolean talks = request.role() == SessionRole.SCHEDULER;
        this.layout =
                SessionLayout.scheduler(
                        Session.LEASES_MAX, StoreRig.RING_BYTES, StoreRig.RING_BYTES);
        this.requests =
                talks ? new RingProducer(layout.requestRing(file), StoreRig.RING_BYTES) : null;
        this.completions =
                talks ? new RingConsumer(layout.completionRing(file), StoreRig.RING_BYTES) : null;
    }

    long keys(long job, int group, int first, byte[] hashes) {
        LookupKeysEncoder message = new LookupKeysEncoder();
        message.wrapAndApplyHeader(out, 0, header)
                .jobId(job)
                .firstBlock(first)
                .group(group)
                .putHashes(hashes, 0, hashes.length);
        send(LookupKeysEncoder.TEMPLATE_ID, message.encodedLength());
        return job;
    }

    void lookup(long job, long localTokens, long maxTokens, boolean prefetch) {
        LookupEncoder message = new LookupEncoder();
        message.wrapAndApplyHeader(out, 0, header)
                .jobId(job)
                .epoch(epoch)
                .localTokens(localTokens)
                .maxTokens(maxTokens)
                .alignTokens(Requests.BLOCK_TOKENS)
                .flags(prefetch ? 1 : 0);
        send(LookupEncoder.TEMPLATE_ID, message.encodedLength());
    }

    /**
     * A lookup of the first blocks of a prompt in group 0; the answer after the store came to rest.
     */
    LookupAnswer lookupBlocks(int prompt, int first, int count) {
        long job = ++lastJob;
        keys(job, 0, first, Requests.hashes(prompt, first, count));
        lookup(
                job,
                (long) first * Requests.BLOCK_TOKENS,
                (long) (first + count) * Requests.BLOCK_TOKENS,
                false);
        rig.settle();
        poll();
        return lookups.get(job);
    }

    long intend(int group, int first, byte[] parent, byte[] hashes) {
        long job = ++lastJob;
        IntendEncoder message = new IntendEncoder();
        message.wrapAndApplyHeader(out, 0, header)
                .jobId(job)
                .epoch(epoch)
                .firstPosition(first)
                .group(group)
                .flags(parent == null ? 0 : 1);
        message.putParentHash(parent == null ? new byte[32] : parent, 0, 32);
        message.putHashes(hashes, 0, hashes.length);
        send(IntendEncoder.TEMPLATE_ID, message.encodedLength());
        return job;
    }

    IntendAnswer intendBlocks(int prompt, int first, int count) {
        byte[] parent = first == 0 ? null : Requests.hash(prompt, first - 1);
        long job = intend(0, first, parent, Requests.hashes(prompt, first, count));
        rig.settle();
        poll();
        return intends.get(job);
    }

    /**
     * Intends, copies and commits blocks of a prompt in group 0; the number that became visible.
     */
    int save(int prompt, int first, int count) {
        IntendAnswer answer = intendBlocks(prompt, first, count);
        long job = lastJob;
        if (answer.granted() == 0) {
            return 0;
        }
        answer.entries().forEach(this::copyIn);
        commit(job, ones(answer.granted()));
        rig.settle();
        poll();
        return committed.get(job);
    }

    static byte[] ones(int bits) {
        byte[] bitmap = new byte[(bits + 7) / 8];
        Arrays.fill(bitmap, (byte) 0xff);
        return bitmap;
    }

    void commit(long job, byte[] bitmap) {
        CommitEncoder message = new CommitEncoder();
        message.wrapAndApplyHeader(out, 0, header).jobId(job).putBlocks(bitmap, 0, bitmap.length);
        send(CommitEncoder.TEMPLATE_ID, message.encodedLength());
    }

    void abort(long job) {
        AbortEncoder message = new AbortEncoder();
        message.wrapAndApplyHeader(out, 0, header).jobId(job);
        send(AbortEncoder.TEMPLATE_ID, message.encodedLength());
    }

    void release(long job, int keep) {
        ReleaseEncoder message = new ReleaseEncoder();
        message.wrapAndApplyHeader(out, 0, header).jobId(job).keepEntries(keep);
        send(ReleaseEncoder.TEMPLATE_ID, message.encodedLength());
    }

    void cancel(long job) {
        CancelEncoder message = new CancelEncoder();
        message.wrapAndApplyHeader(out, 0, header).jobId(job);
        send(CancelEncoder.TEMPLATE_ID, message.encodedLength());
    }

    void ping(long nonce) {
        PingEncoder message = new PingEncoder();
        message.wrapAndApplyHeader(out, 0, header).nonce(nonce);
        send(PingEncoder.TEMPLATE_ID, message.encodedLength());
    }

    long reset() {
        long job = ++lastJob;
        ResetEncoder message = new ResetEncoder();
        message.wrapAndApplyHeader(out, 0, header).jobId(job).epoch(epoch);
        send(ResetEncoder.TEMPLATE_ID, message.encodedLength());
        return job;
    }

    void send(int type, int bodyLength) {
        if (!requests.offer(type, out, 0, MessageHeaderEncoder.ENCODED_LENGTH + bodyLength)) {
            throw new AssertionError("request ring is full");
        }
    }

    /** Writes what the key says the payload is. */
    void copyIn(Entry entry) {
        for (int i = 0; i < entry.bytes(); i += 8) {
            putLong(entry, i, pattern(entry.slot(), i));
        }
    }

    private void putLong(Entry entry, int at, long value) {
        for (int i = 0; i < 8 && at + i < entry.bytes(); i++) {
            arena.set(ValueLayout.JAVA_BYTE, entry.offset() + at + i, (byte) (value >>> (8 * i)));
        }
    }

    /** True when the slot has the payload of its header's key: no other key has it. */
    boolean isRight(Entry entry) {
        for (int i = 0; i < entry.bytes(); i++) {
            byte expected = (byte) (pattern(entry.slot(), i & ~7) >>> (8 * (i & 7)));
            if (arena.get(ValueLayout.JAVA_BYTE, entry.offset() + i) != expected) {
                return false;
            }
        }
        return true;
    }

    private long pattern(int slot, int at) {
        byte[] key = new byte[32];
        rig.store().headers.fields().hash(slot, key, 0);
        CRC32C crc = new CRC32C();
        crc.update(key);
        crc.update(rig.store().headers.fields().shard(slot));
        crc.update(rig.store().headers.fields().group(slot));
        return (crc.getValue() + at) * 0x9E3779B97F4A7C15L;
    }

    boolean shows(Entry entry) {
        return rig.store().headers.word(entry.slot()) == entry.word();
    }

    /** Verified entries and state of a lease cell. */
    int[] mark(int cell) {
        long mark = layout.leaseCells(file).get(ValueLayout.JAVA_LONG, cell * 64L + 8);
        return new int[] {(int) mark, (int) (mark >>> 32)};
    }

    void flip(Entry entry) {
        byte present = arena.get(ValueLayout.JAVA_BYTE, entry.offset() + entry.bytes() / 2);
        arena.set(ValueLayout.JAVA_BYTE, entry.offset() + entry.bytes() / 2, (byte) (present ^ 1));
    }

    static byte[] raw(List<Entry> entries) {
        ByteBuffer raw = ByteBuffer.allocate(24 * entries.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (Entry entry : entries) {
            raw.putLong(entry.offset())
                    .putLong(entry.word())
                    .putInt(entry.slot())
                    .putInt(entry.bytes());
        }
        return raw.array();
    }

    void poll() {
        completions.poll(this::onRecord, Integer.MAX_VALUE);
    }

    private void onRecord(int type, MutableDirectBuffer buffer, int offset, int length) {
        MessageHeaderDecoder head = new MessageHeaderDecoder();
        switch (type) {
            case EntriesDecoder.TEMPLATE_ID ->
                    onEntries(new EntriesDecoder().wrapAndApplyHeader(buffer, offset, head));
            case LookupAnswerDecoder.TEMPLATE_ID ->
                    onLookup(new LookupAnswerDecoder().wrapAndApplyHeader(buffer, offset, head));
            case IntendAnswerDecoder.TEMPLATE_ID ->
                    onIntend(new IntendAnswerDecoder().wrapAndApplyHeader(buffer, offset, head));
            case CommittedDecoder.TEMPLATE_ID -> {
                CommittedDecoder message =
                        new CommittedDecoder().wrapAndApplyHeader(buffer, offset, head);
                committed.put(message.jobId(), (int) message.stored());
            }
            case EvictedDecoder.TEMPLATE_ID ->
                    onEvicted(new EvictedDecoder().wrapAndApplyHeader(buffer, offset, head));
            case PongDecoder.TEMPLATE_ID ->
                    pongs.add(new PongDecoder().wrapAndApplyHeader(buffer, offset, head).nonce());
            case ClosingDecoder.TEMPLATE_ID ->
                    closing =
                            new ClosingDecoder().wrapAndApplyHeader(buffer, offset, head).reason();
            case ResetDoneDecoder.TEMPLATE_ID -> {
                ResetDoneDecoder message =
                        new ResetDoneDecoder().wrapAndApplyHeader(buffer, offset, head);
                resets.put(message.jobId(), message.epoch());
            }
            case StagingDecoder.TEMPLATE_ID ->
                    staged.add(
                            new StagingDecoder().wrapAndApplyHeader(buffer, offset, head).jobId());
            default ->
                    throw new AssertionError(
                            "unknown message " + type + " of " + length + " bytes");
        }
    }

    private void onEntries(EntriesDecoder message) {
        byte[] raw = new byte[message.entriesLength()];
        if (message.firstEntry() == 0) {
            entries.clear();
        }
        message.getEntries(raw, 0, raw.length);
        ByteBuffer buffer = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            entries.add(
                    new Entry(
                            buffer.getLong(), buffer.getLong(), buffer.getInt(), buffer.getInt()));
        }
    }

    private void onLookup(LookupAnswerDecoder message) {
        long count = message.entryCount();
        List<int[]> groups = new ArrayList<>();
        long job = message.jobId();
        long hit = message.hitTokens();
        LookupStatus status = message.status();
        MissReason reason = message.missReason();
        int cell = message.cell();
        for (LookupAnswerDecoder.GroupsDecoder group : message.groups()) {
            groups.add(
                    new int[] {
                        group.group(),
                        (int) group.firstBlock(),
                        (int) group.blockCount(),
                        (int) group.presentCount()
                    });
        }
        List<Entry> mine = count == 0 ? List.of() : List.copyOf(entries);
        if (mine.size() != count) {
            throw new AssertionError("entries sent: " + mine.size() + ", announced: " + count);
        }
        lookups.put(job, new LookupAnswer(hit, status, reason, cell, mine, groups));
    }

    private void onIntend(IntendAnswerDecoder message) {
        long count = message.entryCount();
        long job = message.jobId();
        IntendStatus status = message.status();
        byte[] verdicts = new byte[message.verdictsLength()];
        message.getVerdicts(verdicts, 0, verdicts.length);
        List<Entry> mine = count == 0 ? List.of() : List.copyOf(entries);
        if (mine.size() != count) {
            throw new AssertionError("entries sent: " + mine.size() + ", announced: " + count);
        }
        intends.put(job, new IntendAnswer(status, verdicts, mine));
    }

    private void onEvicted(EvictedDecoder message) {
        byte[] hashes = new byte[message.hashesLength()];
        message.getHashes(hashes, 0, hashes.length);
        for (int i = 0; i < hashes.length; i += 32) {
            evicted.add(Arrays.copyOfRange(hashes, i, i + 32));
        }
    }

    static int state(Entry entry) {
        return SlotHeaderDescriptor.state(entry.word());
    }
}
