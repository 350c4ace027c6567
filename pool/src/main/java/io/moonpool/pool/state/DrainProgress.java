// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/**
 * How far a drain is.
 *
 * @param objectsLeft replicas that the member still has
 * @param objectsMoved replicas that it gave up while others had the object
 * @param objectsDropped replicas that it gave up though nobody else had the object
 */
public record DrainProgress(
        MemberId member,
        String name,
        MemberState state,
        long objectsLeft,
        long objectsMoved,
        long objectsDropped,
        long bytesMoved) {}
