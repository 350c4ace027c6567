// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store.checksum;

/** Waits for the ends of threads, whatever happens meanwhile: what they read may go afterwards. */
final class Threads {

    private Threads() {}

    /** An interrupt is kept for later. */
    static void join(Iterable<Thread> threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
