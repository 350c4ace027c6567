// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/**
 * One arena to keep: the tenant whose sessions alone may map it, and its size, a multiple of the
 * slab size.
 */
public record ArenaSpec(String tenant, long bytes) {}
