// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.List;

/**
 * Slots that one group's blocks of a job are to be put into. The sidecar is their writer; each
 * object is committed or aborted, whatever becomes of the job.
 *
 * @param group index into the job's groups
 * @param arena index of the arena that the slots are in
 * @param objects in block order
 */
public record StageGrant(StagingJob job, int group, int arena, List<Target> objects) {

    /** The same slots, these objects of it only. */
    public StageGrant with(List<Target> some) {
        return new StageGrant(job, group, arena, List.copyOf(some));
    }

    /** One object: its block, by index into the group's hashes, and its slots in shard order. */
    public record Target(int block, int object, List<SlotPlace> slots) {}

    /** Where a shard's payload goes. */
    public record SlotPlace(int slot, long arenaOffset, long payloadBytes) {}
}
