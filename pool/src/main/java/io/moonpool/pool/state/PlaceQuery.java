// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;

/**
 * Where may copies go?
 *
 * @param layout what is to be placed; the directory need not know it yet
 * @param objectBytes of one object, for a layout that is unknown
 * @param tenant for a layout that is unknown
 * @param seed decides between members that are equally good; the caller's chance
 * @param asking handle of the member that asks, which is left out; -1: nobody's
 * @param preferred a member's name that goes first if it has room; may be empty
 * @param candidates members to name at most
 */
public record PlaceQuery(
        long seed,
        Digest layout,
        long objectBytes,
        String tenant,
        int objects,
        int asking,
        List<Integer> excluded,
        String preferred,
        int candidates) {
    public PlaceQuery {
        excluded = List.copyOf(excluded);
    }
}
