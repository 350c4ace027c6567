// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.proto.ring.IntendStatus;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import io.moonpool.sidecar.store.checksum.ChecksumTask;
import org.agrona.DirectBuffer;

/**
 * Grants slots to writers, and makes visible what they have committed, after its checksum was
 * taken.
 */
final class Saves {

    static final int BLOCKS_MAX = 1024;

    private static final byte GRANTED = 0;
    private static final byte HAVE = 1;
    private static final byte BUSY = 2;
    private static final byte NO_SPACE = 3;

    private final ObjectStore store;
    private final Reserver reserver;
    private final ChecksumFeeder feeder;
    private final StoreMetrics metrics;
    private final BlockKey key = new BlockKey();
    private final byte[] verdicts = new byte[BLOCKS_MAX];

    /**
     * Of the intend being answered: the object of the block before the first, then those of its
     * blocks.
     */
    private final int[] found = new int[BLOCKS_MAX + 1];

    Saves(ObjectStore store, Reserver reserver, ChecksumFeeder feeder, StoreMetrics metrics) {
        this.store = store;
        this.reserver = reserver;
        this.feeder = feeder;
        this.metrics = metrics;
    }

    void intend(Session session, IntendRequest request) {
        metrics.increment(StoreCount.INTENDS);
        IntendStatus status = refuse(session, request);
        if (status != IntendStatus.OK) {
            metrics.increment(
                    status == IntendStatus.MALFORMED
                            ? StoreCount.MALFORMED
                            : StoreCount.STALE_EPOCHS);
            if (!session.answers.intendAnswer(request.jobId, status, 0, verdicts, 0)) {
                metrics.increment(StoreCount.ANSWERS_DROPPED);
            }
            return;
        }
        GroupLayout layout = session.layouts[session.indexOfGroup(request.group)];
        Intent intent = session.intents.claim();
        intent.begin(session, request.jobId, layout, request.epoch);
        decide(intent, request);
        answer(intent, request.hashesLength / BlockKey.HASH_BYTES);
    }

    private IntendStatus refuse(Session session, IntendRequest request) {
        long epoch = session.namespace().epoch;
        if (request.epoch < epoch) {
            return IntendStatus.STALE_EPOCH;
        }
        int blocks = request.hashesLength / BlockKey.HASH_BYTES;
        boolean wellFormed =
                request.jobId != 0
                        && request.epoch == epoch
                        && request.hashesLength % BlockKey.HASH_BYTES == 0
                        && blocks <= BLOCKS_MAX
                        && session.indexOfGroup(request.group) >= 0
                        && !session.intents.isFull()
                        && session.intents.get(request.jobId) == null;
        return wellFormed ? IntendStatus.OK : IntendStatus.MALFORMED;
    }

    private void decide(Intent intent, IntendRequest request) {
        int blocks = request.hashesLength / BlockKey.HASH_BYTES;
        key.of(intent.layout.ordinal, intent.epoch);
        for (int i = 0; i < blocks; i++) {
            int object =
                    store.find(
                            key.hash(
                                    request.record,
                                    request.hashesOffset + i * BlockKey.HASH_BYTES));
            found[i + 1] = object;
            verdicts[i] =
                    object == ObjectTable.NONE ? NO_SPACE : store.isVisible(object) ? HAVE : BUSY;
        }
        key.hash(request.record, request.parentOffset);
        found[0] = request.hasParent ? store.find(key) : ObjectTable.NONE;
        // Before anything is evicted: what the request goes on from is not cold.
        store.order.raise(found, 0, blocks + 1);
        grant(intent, request, blocks);
    }

    private void grant(Intent intent, IntendRequest request, int blocks) {
        int parentOffset = request.parentOffset;
        DirectBuffer parentHash = request.hasParent ? request.record : null;
        for (int i = 0; i < blocks; i++) {
            int at = request.hashesOffset + i * BlockKey.HASH_BYTES;
            if (verdicts[i] == NO_SPACE) {
                key.hash(request.record, at);
                int position = request.firstPosition + i;
                int object =
                        reserver.reserve(
                                key,
                                intent.session.engine,
                                found[i],
                                position,
                                parentHash,
                                parentOffset);
                found[i + 1] = object;
                if (object != ObjectTable.NONE) {
                    verdicts[i] = GRANTED;
                    intent.addObject(object);
                } else if (intent.layout.kind == GroupKind.FULL) {
                    // Behind a hole no block of a full group is ever found.
                    return;
                }
            }
            parentOffset = at;
            parentHash = request.record;
        }
    }

    private void answer(Intent intent, int blocks) {
        Session session = intent.session;
        int entries = intent.objectCount * intent.shardCount();
        count(blocks);
        boolean told =
                session.answers.entries(intent, store, SlotHeaderDescriptor.RESERVED)
                        && session.answers.intendAnswer(
                                intent.jobId, IntendStatus.OK, entries, verdicts, blocks);
        if (told && intent.objectCount > 0) {
            session.intents.add(intent);
            return;
        }
        if (!told) {
            metrics.increment(StoreCount.ANSWERS_DROPPED);
            abortObjects(intent, 0);
        }
        session.intents.giveBack(intent);
    }

    private void count(int blocks) {
        for (int i = 0; i < blocks; i++) {
            switch (verdicts[i]) {
                case GRANTED -> metrics.increment(StoreCount.BLOCKS_GRANTED);
                case HAVE -> metrics.increment(StoreCount.BLOCKS_HAVE);
                case BUSY -> metrics.increment(StoreCount.BLOCKS_BUSY);
                case NO_SPACE -> metrics.increment(StoreCount.BLOCKS_NO_SPACE);
                default -> {}
            }
        }
    }

    /** {@code bitmap}: bit i speaks of the i-th granted block. */
    void commit(Session session, long jobId, DirectBuffer bitmap, int offset, int length) {
        Intent intent = find(session, jobId);
        if (intent == null || intent.committing) {
            return;
        }
        boolean lapsed = intent.session != session || intent.epoch < session.namespace().epoch;
        int kept = 0;
        for (int i = 0; i < intent.objectCount; i++) {
            boolean copied = i / 8 < length && (bitmap.getByte(offset + i / 8) >> i % 8 & 1) != 0;
            if (copied && !lapsed) {
                intent.objects[kept++] = intent.objects[i];
            } else {
                abort(intent, i);
            }
        }
        intent.objectCount = kept;
        intent.beginCommit();
        if (kept == 0) {
            finish(intent);
        } else {
            feeder.add(intent);
        }
    }

    void abort(Session session, long jobId) {
        Intent intent = find(session, jobId);
        if (intent != null && !intent.committing) {
            end(intent);
        }
    }

    /** A job of this session, or one of the same process's sessions before it. */
    private static Intent find(Session session, long jobId) {
        for (Session owner = session; owner != null; owner = owner.predecessor) {
            Intent intent = owner.intents.get(jobId);
            if (intent != null) {
                return intent;
            }
        }
        return null;
    }

    /**
     * Nobody copies for the job any more. One that is being committed goes on: its copies were
     * promised whole.
     */
    void end(Intent intent) {
        if (intent.committing) {
            return;
        }
        abortObjects(intent, 0);
        intent.session.intents.remove(intent);
    }

    void endAll(Session session) {
        session.intents.all().forEach(this::end);
    }

    /** A run of checksums came back. */
    void runDone(Intent intent, ChecksumTask task) {
        intent.inFlight--;
        System.arraycopy(task.crcs, 0, intent.crcs, task.firstEntry, task.count);
        for (int i = 0; i < task.count; i++) {
            int index = (task.firstEntry + i) / intent.shardCount();
            if (--intent.shardsMissing[index] == 0) {
                show(intent, index);
            }
        }
        if (intent.inFlight == 0 && !intent.hasMore()) {
            finish(intent);
        }
    }

    private void show(Intent intent, int index) {
        if (intent.epoch < intent.session.namespace().epoch) {
            abort(intent, index);
            intent.objects[index] = ObjectTable.NONE;
            return;
        }
        int firstCrc = index * intent.shardCount();
        store.commit(intent.objects[index], intent.session.engine, intent.crcs, firstCrc);
        intent.stored++;
        metrics.increment(StoreCount.BLOCKS_STORED);
        metrics.add(StoreCount.BYTES_STORED, intent.layout.payloadBytes());
    }

    /** Only now may its objects be evicted: listed in their order, each finds its parent listed. */
    private void finish(Intent intent) {
        for (int i = 0; i < intent.objectCount; i++) {
            if (intent.objects[i] != ObjectTable.NONE) {
                store.removeHold(intent.objects[i]);
            }
        }
        Session session = intent.session;
        if (session.isTalking() && !session.answers.committed(intent.jobId, intent.stored)) {
            metrics.increment(StoreCount.ANSWERS_DROPPED);
        }
        feeder.remove(intent);
        session.intents.remove(intent);
    }

    private void abortObjects(Intent intent, int from) {
        for (int i = from; i < intent.objectCount; i++) {
            abort(intent, i);
        }
        intent.objectCount = 0;
    }

    private void abort(Intent intent, int index) {
        store.abort(intent.objects[index], intent.session.engine);
        metrics.increment(StoreCount.BLOCKS_ABORTED);
    }
}
