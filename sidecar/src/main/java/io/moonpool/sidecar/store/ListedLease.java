// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/**
 * A lease that a client says it holds when it attaches again: entries of 24 bytes, as the answer
 * gave them.
 */
public record ListedLease(long jobId, byte[] entries) {}
