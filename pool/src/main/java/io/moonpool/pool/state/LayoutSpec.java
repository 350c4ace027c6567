// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/**
 * One KV group of one namespace of one tenant.
 *
 * @param label for people
 * @param objectBytes all shards of one object
 */
public record LayoutSpec(
        Digest digest,
        String tenant,
        String label,
        long objectBytes,
        Digest namespace,
        int group) {}
