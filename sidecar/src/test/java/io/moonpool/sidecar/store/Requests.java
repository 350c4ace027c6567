// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Requests and hashes as tests need them. */
final class Requests {

    static final int BLOCK_TOKENS = 16;
    static final int SLOT_BYTES = 5000;

    private Requests() {}

    static SessionRequest scheduler(String engineId) {
        return of(
                engineId,
                SessionRole.SCHEDULER,
                StoreRig.TENANT,
                1,
                List.of(full(0, 1, SLOT_BYTES)));
    }

    static SessionRequest worker(String engineId) {
        return of(
                engineId, SessionRole.WORKER, StoreRig.TENANT, 1, List.of(full(0, 1, SLOT_BYTES)));
    }

    static SessionRequest of(
            String engineId,
            SessionRole role,
            String tenant,
            int namespace,
            List<GroupSpec> groups) {
        return new SessionRequest(
                engineId,
                role,
                0,
                1,
                1,
                tenant,
                new NamespaceSpec(digest(namespace), "model-" + namespace, false, ""),
                groups,
                new HashVector("sha256", 32, BLOCK_TOKENS, new byte[32]),
                true,
                0,
                List.of(),
                0,
                false);
    }

    static SessionRequest again(
            SessionRequest first, long previousSessionId, List<ListedLease> leases) {
        return new SessionRequest(
                first.engineId(),
                first.role(),
                first.rank(),
                first.worldSize(),
                first.pid(),
                first.tenant(),
                first.namespace(),
                first.groups(),
                first.hashVector(),
                first.wantsEvents(),
                previousSessionId,
                leases,
                1,
                false);
    }

    static GroupSpec full(int group, int shards, int slotBytes) {
        return new GroupSpec(group, GroupKind.FULL, BLOCK_TOKENS, 0, shards(shards, slotBytes));
    }

    static GroupSpec window(int group, int windowBlocks, int slotBytes) {
        return new GroupSpec(
                group, GroupKind.WINDOW, BLOCK_TOKENS, windowBlocks, shards(1, slotBytes));
    }

    private static List<ShardSpec> shards(int count, int slotBytes) {
        List<ShardSpec> shards = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            shards.add(new ShardSpec(0, 4, i, 1, slotBytes));
        }
        return shards;
    }

    static byte[] digest(int namespace) {
        byte[] digest = new byte[32];
        Arrays.fill(digest, (byte) namespace);
        return digest;
    }

    /** The hash of block {@code block} of a request whose tokens are named by {@code prompt}. */
    static byte[] hash(int prompt, int block) {
        byte[] hash = new byte[32];
        java.nio.ByteBuffer.wrap(hash)
                .putInt(prompt * 0x9E3779B1)
                .putInt(block)
                .putInt(prompt)
                .putInt(7);
        return hash;
    }

    /** Hashes of a run of blocks, one after the other. */
    static byte[] hashes(int prompt, int first, int count) {
        byte[] hashes = new byte[32 * count];
        for (int i = 0; i < count; i++) {
            System.arraycopy(hash(prompt, first + i), 0, hashes, 32 * i, 32);
        }
        return hashes;
    }
}
