// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.List;

/** A KV group as a client declares it; {@code windowBlocks} is 0 for a full group. */
public record GroupSpec(
        int group, GroupKind kind, int blockTokens, int windowBlocks, List<ShardSpec> shards) {

    public GroupSpec {
        shards = List.copyOf(shards);
    }
}
