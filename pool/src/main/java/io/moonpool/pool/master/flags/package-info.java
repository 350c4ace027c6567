// SPDX-License-Identifier: Apache-2.0
/**
 * The command line of Mooncake's master, which is gflags': a table of all its flags, what each of
 * them means here, and the few settings that come out of them.
 */
package io.moonpool.pool.master.flags;
