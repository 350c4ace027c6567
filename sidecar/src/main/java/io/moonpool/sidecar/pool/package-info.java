// SPDX-License-Identifier: Apache-2.0
/**
 * The sidecar as a member of a pool: tells the directory what its store has, brings what its
 * engines ask for from other members, and serves those.
 */
package io.moonpool.sidecar.pool;
