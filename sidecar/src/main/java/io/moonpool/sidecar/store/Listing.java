// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.List;

/**
 * Some of the visible objects.
 *
 * @param next where to go on; -1: that was all
 */
public record Listing(int next, List<Run> runs) {

    /**
     * Objects of one layout and epoch.
     *
     * @param hashes 32 bytes each
     */
    public record Run(LayoutInfo layout, long epoch, byte[] hashes) {}
}
