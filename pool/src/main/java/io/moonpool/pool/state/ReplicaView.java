// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/** One copy of an object. */
public record ReplicaView(int member, Tier tier, long number) {}
