// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.sidecar.store.checksum.ChecksumTask;
import java.util.Arrays;

/**
 * A job of a session that has objects whose slots are to be checksummed, in order, run by run.
 * Shared by leases, which are verified, and intents, which are committed.
 */
abstract class SlotJob {

    private static final int OBJECTS_INITIAL = 64;

    long jobId;
    Session session;

    /** In entry order. */
    int[] objects = new int[OBJECTS_INITIAL];

    int objectCount;

    /** Runs that checksum threads have. */
    int inFlight;

    /** True while the feeder has it in its round. */
    boolean queued;

    private int nextObject;
    private int nextSlot;
    private int nextEntry;
    private int nextSequence;

    /** Begins a new life of this instance. */
    void begin(Session owner, long id) {
        session = owner;
        jobId = id;
        objectCount = 0;
        inFlight = 0;
        rewind();
    }

    void rewind() {
        nextObject = 0;
        nextSlot = ObjectTable.NONE;
        nextEntry = 0;
        nextSequence = 0;
    }

    void addObject(int object) {
        if (objectCount == objects.length) {
            objects = Arrays.copyOf(objects, objects.length * 2);
        }
        objects[objectCount++] = object;
    }

    /** True while it has slots that no run has taken. */
    boolean hasMore() {
        return nextObject < objectCount;
    }

    int runsTaken() {
        return nextSequence;
    }

    /** Puts the next slots into a run; there must be some. */
    void fill(ChecksumTask task, ObjectStore store, boolean verify) {
        task.begin(this, nextSequence++, nextEntry, verify);
        task.arena = session.arena().index;
        while (hasMore() && !task.isFull()) {
            if (nextSlot == ObjectTable.NONE) {
                nextSlot = store.objects.slotFirst(objects[nextObject]);
            }
            long payload = store.headers.fields().payloadBytes(nextSlot);
            task.add(nextSlot, store.slabs.offset(nextSlot), payload);
            nextEntry++;
            nextSlot = store.slots.next(nextSlot);
            if (nextSlot == ObjectTable.NONE) {
                nextObject++;
            }
        }
        inFlight++;
    }

    /** No run takes slots beyond these objects. */
    void cut(int keptObjects) {
        objectCount = keptObjects;
        if (nextObject >= keptObjects) {
            nextObject = keptObjects;
            nextSlot = ObjectTable.NONE;
        }
    }
}
