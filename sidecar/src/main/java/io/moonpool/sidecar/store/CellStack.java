// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/** The lease cells of a session that are free. */
final class CellStack {

    private final int[] free;
    private int count;

    CellStack(int cells) {
        free = new int[cells];
        for (int cell = cells - 1; cell >= 0; cell--) {
            push(cell);
        }
    }

    /** There must be one. */
    int pop() {
        return free[--count];
    }

    void push(int cell) {
        free[count++] = cell;
    }
}
