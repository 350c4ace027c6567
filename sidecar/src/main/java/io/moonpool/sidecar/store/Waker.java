// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.ring.Doorbell;

/**
 * Wakes the store's thread from other threads of the sidecar, by the doorbell that clients use too,
 * and only while it is about to sleep or sleeps.
 */
final class Waker {

    /** No session has it. */
    static final int OWN_TAG = 0;

    private final Doorbell doorbell;
    private volatile boolean asleep;

    Waker(Doorbell doorbell) {
        this.doorbell = doorbell;
    }

    /** Called after something was put where the store's thread looks. */
    void wake() {
        if (asleep) {
            ring();
        }
    }

    private synchronized void ring() {
        doorbell.ring();
    }

    /**
     * By the store's thread: what others do from now on wakes it; it must look once more before it
     * sleeps.
     */
    int beginSleep() {
        asleep = true;
        return doorbell.read();
    }

    void sleep(int value, long maxNanos) {
        doorbell.await(value, maxNanos);
    }

    void endSleep() {
        asleep = false;
    }
}
