// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/** Bounds on what a client declares at attach (docs/spec/03-messages.md). */
final class GroupLimits {

    static final int GROUPS_MAX = 16;
    static final int SHARDS_MAX = 256;
    static final int BLOCK_TOKENS_MAX = 1 << 20;
    static final int ENTRY_FIELD_MAX = 65_535;

    private GroupLimits() {}

    static void check(SessionRequest request, long slabBytes) {
        if (request.groups().isEmpty() || request.groups().size() > GROUPS_MAX) {
            throw invalid(
                    "groups: 1 to " + GROUPS_MAX + " are possible, not " + request.groups().size());
        }
        if (request.namespace().digest().length != BlockKey.HASH_BYTES) {
            throw invalid(
                    "namespace.digest: a SHA-256 has 32 bytes, not "
                            + request.namespace().digest().length);
        }
        int hashBytes = request.hashVector().hashBytes();
        if (hashBytes < 1 || hashBytes > BlockKey.HASH_BYTES) {
            throw invalid("hash_vector.hash_bytes: 1 to 32 are possible, not " + hashBytes);
        }
        int last = -1;
        for (GroupSpec group : request.groups()) {
            if (group.group() <= last || group.group() > ENTRY_FIELD_MAX) {
                throw invalid(
                        "groups.group: numbers must rise from 0 to 65535; send the groups in their"
                                + " order");
            }
            last = group.group();
            checkGroup(group, slabBytes);
        }
    }

    private static void checkGroup(GroupSpec group, long slabBytes) {
        String name = "groups[" + group.group() + "].";
        if (group.blockTokens() < 1 || group.blockTokens() > BLOCK_TOKENS_MAX) {
            throw invalid(
                    name
                            + "block_tokens: 1 to "
                            + BLOCK_TOKENS_MAX
                            + " are possible, not "
                            + group.blockTokens());
        }
        if (group.kind() == GroupKind.WINDOW == group.windowBlocks() < 1) {
            throw invalid(
                    name + "window_blocks: a window group has at least one, a full group none");
        }
        if (group.shards().isEmpty() || group.shards().size() > SHARDS_MAX) {
            throw invalid(
                    name
                            + "shards: 1 to "
                            + SHARDS_MAX
                            + " are possible, not "
                            + group.shards().size());
        }
        for (ShardSpec shard : group.shards()) {
            if (shard.slotBytes() < 1) {
                throw invalid(
                        name + "shards.slot_bytes: must be at least 1, not " + shard.slotBytes());
            }
            if (shard.slotBytes() > slabBytes) {
                throw new StoreRefusal(
                        StoreRefusal.Code.PRECONDITION,
                        name
                                + "shards.slot_bytes: a slot of "
                                + shard.slotBytes()
                                + " bytes is larger than a slab of "
                                + slabBytes
                                + "; start the sidecar with a larger --slab-bytes, or use smaller"
                                + " blocks");
            }
            checkRange(name + "shards.layer", shard.layerFirst(), shard.layerCount());
            checkRange(name + "shards.head", shard.headFirst(), shard.headCount());
        }
    }

    private static void checkRange(String name, int first, int count) {
        if (first < 0 || count < 0 || first + (long) count > ENTRY_FIELD_MAX) {
            throw invalid(name + "_first and _count: must lie within 0 to 65535");
        }
    }

    private static StoreRefusal invalid(String message) {
        return new StoreRefusal(StoreRefusal.Code.INVALID, message);
    }
}
