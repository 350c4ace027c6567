// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;

/**
 * Some of the objects.
 *
 * @param next where to go on; {@link #END}: there are no more
 */
public record KeyPage(List<KeyView> keys, long next) {
    public static final long END = -1;

    public KeyPage {
        keys = List.copyOf(keys);
    }
}
