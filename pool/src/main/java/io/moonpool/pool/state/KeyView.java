// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;

/**
 * An object with its replicas that can be located now.
 *
 * @param softUntil 0: no such pin
 * @param hardUntil 0: no such pin
 */
public record KeyView(
        ObjectKey key,
        LayoutSpec layout,
        List<ReplicaView> replicas,
        int wanted,
        long softUntil,
        long hardUntil) {
    public KeyView {
        replicas = List.copyOf(replicas);
    }
}
