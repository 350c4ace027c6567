// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/**
 * The answer to a removal.
 *
 * @param objects that were there and are not any more
 * @param pinned that stay because of a hard pin
 */
public record Removed(long objects, long pinned, long removal) {}
