// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import org.agrona.concurrent.UnsafeBuffer;

/** Who shares bytes, within one tenant. */
final class Namespace {

    final int ordinal;
    final TenantArena arena;
    final byte[] digest;
    final UnsafeBuffer digestBuffer;
    String label = "";
    String sharingKey = "";
    HashVector hashVector;

    /** The client could not determine everything that decides a block's bytes. */
    boolean isPrivate;

    /** Part of every key: raised by a reset before that is durable. */
    long epoch;

    /** Survives a crash; a reset is answered when this has caught up. */
    long durableEpoch;

    /** Objects of any epoch that are visible or reserved. */
    long objects;

    Namespace(int ordinal, TenantArena arena, byte[] digest, long epoch) {
        this.ordinal = ordinal;
        this.arena = arena;
        this.digest = digest.clone();
        this.digestBuffer = new UnsafeBuffer(this.digest);
        this.epoch = epoch;
        this.durableEpoch = epoch;
    }
}
