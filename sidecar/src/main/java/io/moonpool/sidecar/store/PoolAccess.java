// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What the pool's threads may ask of the store. The store's thread completes the futures. */
public interface PoolAccess {

    /** Slots for these blocks of a group of a job; fewer when there is no room, or none. */
    CompletableFuture<StageGrant> reserve(StagingJob job, int group, int[] blocks);

    /** {@code crcs}: one a slot, of the objects marked in {@code good}; the others are given up. */
    CompletableFuture<Integer> commit(StageGrant grant, boolean[] good, int[] crcs);

    /** Nothing more will come of this job: who waits for it is answered. */
    void done(StagingJob job);

    /** What is here of these 32-byte hashes, which become recent; empty for an unknown layout. */
    CompletableFuture<Description> describe(byte[] layoutDigest, long epoch, byte[] hashes);

    /** All layouts seen so far, by ordinal; grows only. */
    List<LayoutInfo> layouts();

    /** A layout that another host told of, as this store knows it from now on. */
    CompletableFuture<LayoutInfo> intern(LayoutInfo told);

    /** Publishes everything that is here once more, in small steps. */
    CompletableFuture<Void> announce();

    /** Visible objects that others may have, a few at a time; the cursor begins with 0. */
    CompletableFuture<Listing> list(int cursor, int max);

    /** Visible objects that would be evicted next. */
    CompletableFuture<Listing> coldest(int max);

    /** Lets go of these, but for those that an engine holds; returns how many went. */
    CompletableFuture<Integer> drop(byte[] layoutDigest, long epoch, byte[] hashes);

    /** Ends these, whoever holds them: who does may go on, nobody finds them any more. */
    CompletableFuture<Void> remove(byte[] layoutDigest, long epoch, byte[] hashes);

    /** How many removed objects are held still: a restart would bring those back. */
    CompletableFuture<Integer> leaving();

    /** Publishes these again, or retracts them, as the case may be. */
    CompletableFuture<Void> publishAnew(byte[] layoutDigest, long epoch, byte[] hashes);

    /** No object of this namespace below this epoch may be served from now on. */
    CompletableFuture<Void> raiseFloor(String tenant, byte[] namespaceDigest, long epoch);

    /** The memory of an arena, for reads and writes of granted slots. */
    MemorySegment arena(int index);

    /** Checksums of landed payload, for one thread. */
    LandedChecksums checksums();
}
