// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.Arrays;

/**
 * A job's grants: reserved objects in entry order, and after its commit the checksums as they come
 * in.
 */
final class Intent extends SlotJob {

    GroupLayout layout;
    long epoch;

    /** The client has said which of them were copied; from then on they are checksummed. */
    boolean committing;

    /** Objects that became visible. */
    int stored;

    /** One an entry. */
    int[] crcs = new int[0];

    /** Shards of each object that have no checksum yet. */
    int[] shardsMissing = new int[0];

    void begin(Session owner, long id, GroupLayout groupLayout, long keyEpoch) {
        begin(owner, id);
        layout = groupLayout;
        epoch = keyEpoch;
        committing = false;
        stored = 0;
    }

    int shardCount() {
        return layout.shards.length;
    }

    /** The objects that remain are to be checksummed. */
    void beginCommit() {
        committing = true;
        rewind();
        int entries = objectCount * shardCount();
        if (crcs.length < entries) {
            crcs = new int[Integer.highestOneBit(Math.max(64, entries) - 1) << 1];
        }
        if (shardsMissing.length < objectCount) {
            shardsMissing = new int[Integer.highestOneBit(Math.max(64, objectCount) - 1) << 1];
        }
        Arrays.fill(shardsMissing, 0, objectCount, shardCount());
    }
}
