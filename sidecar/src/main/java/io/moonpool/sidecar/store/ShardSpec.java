// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/** The part of a block that one slot holds, named by what it is and never by rank. */
public record ShardSpec(
        int layerFirst, int layerCount, int headFirst, int headCount, long slotBytes) {}
