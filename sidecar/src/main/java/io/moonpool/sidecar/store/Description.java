// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/**
 * What is here of some objects, for another host that wants to read them.
 *
 * @param found bit i: hash i is here
 * @param slots 32 bytes a shard of each object found, in the order of the hashes
 * @param arena index of the arena that they are in
 */
public record Description(byte[] found, byte[] slots, int arena) {}
