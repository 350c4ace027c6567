// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.BitSet;
import java.util.List;

/**
 * Blocks of one lookup that are not here, with all that is needed to judge how long a hit they
 * would make.
 *
 * @param number never repeats in a life of the store
 * @param epoch of the namespace
 * @param stepTokens every boundary of a hit is a multiple of this
 * @param groups in the order of the session's groups
 */
public record StagingJob(
        long number,
        long epoch,
        long localTokens,
        long maxTokens,
        long stepTokens,
        List<Ask> groups) {

    /**
     * What a lookup asks of one group.
     *
     * @param windowBlocks blocks needed before a boundary; 0 for a full group
     * @param firstBlock request block index of the first hash
     * @param hashes 32 bytes a block
     * @param here the blocks that are visible on this host
     */
    public record Ask(
            LayoutInfo layout, int windowBlocks, int firstBlock, byte[] hashes, BitSet here) {

        public int count() {
            return hashes.length / BlockKey.HASH_BYTES;
        }
    }
}
