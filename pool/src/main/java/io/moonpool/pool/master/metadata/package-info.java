// SPDX-License-Identifier: Apache-2.0
/**
 * Mooncake's HTTP metadata server: the codes and words of the one in its master, keys decoded, the
 * address honoured, and bounds on what is kept.
 */
package io.moonpool.pool.master.metadata;
