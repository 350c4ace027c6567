// SPDX-License-Identifier: Apache-2.0
/**
 * The port at which sidecars find the directory: gRPC, behind a door that tells strangers apart
 * from their first bytes and leaves nobody hanging.
 */
package io.moonpool.pool.master.rpc;
