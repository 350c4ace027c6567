// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.protobuf.ByteString;
import io.moonpool.proto.v1.Layout;
import io.moonpool.proto.v1.Shard;
import io.moonpool.sidecar.store.GroupKind;
import io.moonpool.sidecar.store.LayoutInfo;
import io.moonpool.sidecar.store.ShardSpec;
import java.util.Arrays;

/** Layouts as the protocol writes them. */
final class Layouts {

    private Layouts() {}

    static Layout written(LayoutInfo layout) {
        Layout.Builder written =
                Layout.newBuilder()
                        .setDigest(ByteString.copyFrom(layout.digest()))
                        .setTenant(layout.tenant())
                        .setLabel(layout.label())
                        .setObjectBytes(layout.payloadBytes())
                        .setNamespaceDigest(ByteString.copyFrom(layout.namespaceDigest()))
                        .setGroup(layout.group())
                        .setKindValue(layout.kind().code())
                        .setBlockTokens(layout.blockTokens())
                        .setHashBytes(layout.hashBytes());
        for (ShardSpec shard : layout.shards()) {
            written.addShards(
                    Shard.newBuilder()
                            .setLayerFirst(shard.layerFirst())
                            .setLayerCount(shard.layerCount())
                            .setHeadFirst(shard.headFirst())
                            .setHeadCount(shard.headCount())
                            .setSlotBytes(shard.slotBytes()));
        }
        return written.build();
    }

    /** What another member says of a layout; refused when its digest is not that of the rest. */
    static LayoutInfo read(Layout written) {
        LayoutInfo layout =
                LayoutInfo.of(
                        -1,
                        written.getTenant(),
                        written.getNamespaceDigest().toByteArray(),
                        written.getLabel(),
                        written.getGroup(),
                        kind(written),
                        written.getBlockTokens(),
                        written.getHashBytes(),
                        written.getShardsList().stream().map(Layouts::shard).toList());
        if (!Arrays.equals(layout.digest(), written.getDigest().toByteArray())) {
            throw new IllegalArgumentException(
                    "layout: its digest is not that of its fields; both sides must speak the same"
                            + " version");
        }
        return layout;
    }

    private static GroupKind kind(Layout written) {
        for (GroupKind kind : GroupKind.values()) {
            if (kind.code() == written.getKindValue()) {
                return kind;
            }
        }
        throw new IllegalArgumentException("layout.kind: unknown: " + written.getKindValue());
    }

    private static ShardSpec shard(Shard shard) {
        return new ShardSpec(
                shard.getLayerFirst(),
                shard.getLayerCount(),
                shard.getHeadFirst(),
                shard.getHeadCount(),
                shard.getSlotBytes());
    }
}
