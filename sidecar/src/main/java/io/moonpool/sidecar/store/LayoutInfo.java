// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * A layout as other hosts know it: by a digest of all that decides which bytes an object has and
 * who may read them.
 *
 * @param ordinal of this life of this store; -1 when it was told by another host
 * @param tenant who owns it
 * @param namespaceDigest 32 bytes
 * @param label for people; may be empty
 * @param digest 32 bytes over all but ordinal and label; docs/spec/05-identity.md
 */
public record LayoutInfo(
        int ordinal,
        String tenant,
        byte[] namespaceDigest,
        String label,
        int group,
        GroupKind kind,
        int blockTokens,
        int hashBytes,
        List<ShardSpec> shards,
        byte[] digest) {

    private static final byte[] VERSION =
            "moonpool-layout-v1\0".getBytes(StandardCharsets.US_ASCII);
    private static final int FIXED_BYTES = 64;
    private static final int SHARD_BYTES = 24;

    public LayoutInfo {
        shards = List.copyOf(shards);
    }

    /** A layout with its digest. */
    public static LayoutInfo of(
            int ordinal,
            String tenant,
            byte[] namespaceDigest,
            String label,
            int group,
            GroupKind kind,
            int blockTokens,
            int hashBytes,
            List<ShardSpec> shards) {
        return new LayoutInfo(
                ordinal,
                tenant,
                namespaceDigest,
                label,
                group,
                kind,
                blockTokens,
                hashBytes,
                shards,
                digest(tenant, namespaceDigest, group, kind, blockTokens, hashBytes, shards));
    }

    private static byte[] digest(
            String tenant,
            byte[] namespaceDigest,
            int group,
            GroupKind kind,
            int blockTokens,
            int hashBytes,
            List<ShardSpec> shards) {
        byte[] name = tenant.getBytes(StandardCharsets.UTF_8);
        ByteBuffer all =
                ByteBuffer.allocate(
                                VERSION.length
                                        + FIXED_BYTES
                                        + name.length
                                        + namespaceDigest.length
                                        + shards.size() * SHARD_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        all.put(VERSION).putInt(name.length).put(name).put(namespaceDigest);
        all.putInt(group).putInt(kind.code()).putInt(blockTokens).putInt(hashBytes);
        all.putInt(shards.size());
        for (ShardSpec shard : shards) {
            all.putInt(shard.layerFirst()).putInt(shard.layerCount());
            all.putInt(shard.headFirst()).putInt(shard.headCount());
            all.putLong(shard.slotBytes());
        }
        return sha256(all.flip());
    }

    /** Of all shards of an object. */
    public long payloadBytes() {
        return shards.stream().mapToLong(ShardSpec::slotBytes).sum();
    }

    private static byte[] sha256(ByteBuffer bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
