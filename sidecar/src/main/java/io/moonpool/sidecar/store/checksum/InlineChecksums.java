// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store.checksum;

import java.util.ArrayDeque;

/**
 * Does each task when its result is asked for, on the asking thread: the order of everything is the
 * caller's.
 */
public final class InlineChecksums implements ChecksumPool {

    private final ChecksumRunner runner;
    private final ArrayDeque<ChecksumTask> idle = new ArrayDeque<>();
    private final ArrayDeque<ChecksumTask> waiting = new ArrayDeque<>();

    public InlineChecksums(ChecksumRunner runner, int tasks) {
        this.runner = runner;
        for (int i = 0; i < tasks; i++) {
            idle.add(new ChecksumTask());
        }
    }

    @Override
    public ChecksumTask claim() {
        return idle.pollLast();
    }

    @Override
    public void submit(ChecksumTask task) {
        waiting.addLast(task);
    }

    @Override
    public ChecksumTask pollDone() {
        ChecksumTask task = waiting.pollFirst();
        if (task != null) {
            runner.run(task);
        }
        return task;
    }

    @Override
    public void recycle(ChecksumTask task) {
        idle.addLast(task);
    }

    @Override
    public void close() {}
}
