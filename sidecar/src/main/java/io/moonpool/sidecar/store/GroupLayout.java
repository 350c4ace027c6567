// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.List;

/**
 * One group of one namespace under one plan of shards. Engines with other plans have a layout of
 * their own, and so other keys: an object is never served to somebody who would read its shards
 * otherwise.
 */
final class GroupLayout {

    final int ordinal;
    final Namespace namespace;
    final int group;
    final GroupKind kind;
    final int blockTokens;
    final int hashBytes;
    final ShardSpec[] shards;
    final Shape shape;

    /** As other hosts know it. */
    final LayoutInfo info;

    GroupLayout(int ordinal, Namespace namespace, GroupSpec spec, int hashBytes, Shape shape) {
        this.ordinal = ordinal;
        this.namespace = namespace;
        this.group = spec.group();
        this.kind = spec.kind();
        this.blockTokens = spec.blockTokens();
        this.hashBytes = hashBytes;
        this.shards = spec.shards().toArray(new ShardSpec[0]);
        this.shape = shape;
        this.info =
                LayoutInfo.of(
                        ordinal,
                        namespace.arena.tenant,
                        namespace.digest,
                        namespace.label,
                        group,
                        kind,
                        blockTokens,
                        hashBytes,
                        spec.shards());
    }

    boolean matches(Namespace other, GroupSpec spec, int otherHashBytes) {
        return namespace == other
                && group == spec.group()
                && kind == spec.kind()
                && blockTokens == spec.blockTokens()
                && hashBytes == otherHashBytes
                && List.of(shards).equals(spec.shards());
    }

    /** Bytes that an object takes in the arena. */
    long objectBytes() {
        return shape.objectBytes;
    }

    long payloadBytes() {
        long bytes = 0;
        for (ShardSpec shard : shards) {
            bytes += shard.slotBytes();
        }
        return bytes;
    }
}
