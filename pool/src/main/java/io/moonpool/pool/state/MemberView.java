// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/**
 * A member as the directory sees it.
 *
 * @param spec its capacity and free bytes are the latest known
 * @param objects replicas that can be located, or could if it were not suspect
 */
public record MemberView(
        int member,
        MemberSpec spec,
        MemberState state,
        long objects,
        long memoryBytes,
        long ssdBytes,
        long joinedAt,
        long heardAt) {}
