// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/**
 * A tenant with objects or a quota.
 *
 * @param bytes of all replicas
 * @param quotaBytes -1: none
 */
public record TenantView(String name, long objects, long bytes, long quotaBytes) {}
