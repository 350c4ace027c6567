// SPDX-License-Identifier: Apache-2.0
/**
 * The pages that operators of Mooncake's master know, on the metrics port: the same paths, codes
 * and words. What they show comes through one narrow interface, {@link
 * io.moonpool.pool.master.admin.PoolView}.
 */
package io.moonpool.pool.master.admin;
