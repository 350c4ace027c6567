// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;

/**
 * The answer to a join.
 *
 * @param member the handle of this life of the member: another one after the next join
 * @param floors those that the member did not name, or named lower
 * @param warnings one line each
 */
public record Joined(int member, List<Floor> floors, List<String> warnings) {
    public Joined {
        floors = List.copyOf(floors);
        warnings = List.copyOf(warnings);
    }
}
