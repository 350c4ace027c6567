// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/**
 * Reclaims what is invisible already: replicas of forgotten lives, objects of retired scopes. It
 * goes round over all records in bounded steps, and on its way finds the objects that have lost
 * replicas which somebody wants.
 */
final class Sweep {
    private final Inventory inventory;
    private final Copies copies;
    private int cursor;

    /** Where the round started, and ends. */
    private int stop;

    private boolean running;
    private boolean wrapped;

    Sweep(Inventory inventory, Copies copies) {
        this.inventory = inventory;
        this.copies = copies;
    }

    /** Whatever has changed by now is seen by the round that starts here. */
    void start() {
        stop = cursor;
        wrapped = false;
        running = inventory.objects.high() > 0;
    }

    /** Records that the round has not seen; new ones need no look, and may get one. */
    long left() {
        if (!running) {
            return 0;
        }
        return wrapped ? stop - cursor : (long) inventory.objects.high() - cursor + stop;
    }

    void step(int records) {
        for (int i = 0; i < records && running; i++) {
            if (cursor < inventory.objects.high()) {
                visit(cursor++);
            }
            if (!wrapped && cursor == inventory.objects.high()) {
                wrapped = true;
                cursor = 0;
            }
            running = !wrapped || cursor < stop;
        }
    }

    private void visit(int ordinal) {
        ObjectTable objects = inventory.objects;
        if (!objects.isUsed(ordinal)) {
            return;
        }
        boolean retired = inventory.scopes.isRetired(objects.scope(ordinal));
        int place = objects.firstPlace(ordinal);
        while (place != ObjectTable.NO_PLACE) {
            if (retired || isDead(objects.handle(ordinal, place))) {
                inventory.drop(ordinal, place);
                place = objects.firstPlace(ordinal);
            } else {
                place = objects.nextPlace(ordinal, place);
            }
        }
        if (objects.replicas(ordinal) == 0) {
            copies.forget(ordinal);
            inventory.release(ordinal);
        } else {
            copies.check(ordinal);
        }
    }

    private boolean isDead(int handle) {
        return inventory.members.isStale(handle) && !inventory.members.isReturning(handle);
    }

    void write(SnapshotWriter out) {
        out.putInt(cursor);
        out.putInt(stop);
        out.putBoolean(running);
        out.putBoolean(wrapped);
    }

    void read(SnapshotReader in) {
        cursor = in.getInt();
        stop = in.getInt();
        running = in.getBoolean();
        wrapped = in.getBoolean();
    }
}
