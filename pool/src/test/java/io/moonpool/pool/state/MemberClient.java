// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** A member's side of its stream. */
final class MemberClient {
    private static final int RECORDS_MAX = 4_096;

    private final Pool pool;
    private final ChangeSet set = new ChangeSet();
    private final UnsafeBuffer records =
            new UnsafeBuffer(new byte[RECORDS_MAX * ChangeRecord.BYTES]);
    private final List<Integer> layouts = new ArrayList<>();
    private final List<LayoutSpec> fresh = new ArrayList<>();
    private int count;
    int handle;
    long sequence = 1;
    long removalDone;
    long free = Pool.CAPACITY / 2;

    MemberClient(Pool pool, int handle) {
        this.pool = pool;
        this.handle = handle;
    }

    MemberClient publish(ObjectKey key, long number) {
        return record(ChangeRecord.PUBLISH, Tier.MEMORY, key, number, 0, Pool.TENANT);
    }

    MemberClient publish(ObjectKey key, Tier tier, long number, int wanted) {
        return record(ChangeRecord.PUBLISH, tier, key, number, wanted, Pool.TENANT);
    }

    MemberClient retract(ObjectKey key, Tier tier, long number) {
        return record(ChangeRecord.RETRACT, tier, key, number, 0, Pool.TENANT);
    }

    MemberClient retract(ObjectKey key, long number) {
        return retract(key, Tier.MEMORY, number);
    }

    MemberClient record(int op, Tier tier, ObjectKey key, long number, int wanted, String tenant) {
        int at = count++ * ChangeRecord.BYTES;
        records.putByte(at + ChangeRecord.OP, (byte) op);
        records.putByte(at + ChangeRecord.TIER, (byte) tier.code());
        records.putByte(at + ChangeRecord.WANTED, (byte) wanted);
        records.putByte(at + ChangeRecord.WANTED + 1, (byte) 0);
        records.putInt(
                at + ChangeRecord.LAYOUT,
                layout((int) key.layout().word0(), tenant),
                ByteOrder.LITTLE_ENDIAN);
        records.putLong(at + ChangeRecord.EPOCH, key.epoch(), ByteOrder.LITTLE_ENDIAN);
        records.putLong(at + ChangeRecord.NUMBER, number, ByteOrder.LITTLE_ENDIAN);
        key.hash().copyTo(records, at + ChangeRecord.HASH);
        return this;
    }

    private int layout(int number, String tenant) {
        int known = layouts.indexOf(number);
        if (known >= 0) {
            return known;
        }
        layouts.add(number);
        fresh.add(Pool.layout(number, tenant));
        return layouts.size() - 1;
    }

    Changed send() {
        return send(false);
    }

    Changed announce() {
        return send(true);
    }

    private Changed send(boolean announced) {
        fill(announced);
        sequence += count;
        count = 0;
        return deliver();
    }

    /** The last batch once more. */
    Changed sendAgain() {
        return deliver();
    }

    private void fill(boolean announced) {
        set.member = handle;
        set.firstSequence = sequence;
        set.layouts = List.copyOf(fresh);
        fresh.clear();
        set.records = records;
        set.count = count;
        set.capacityBytes = Pool.CAPACITY;
        set.freeBytes = free;
        set.announced = announced;
        set.removalDone = removalDone;
    }

    private Changed deliver() {
        set.now = pool.now;
        Changed answer = pool.directory.change(set);
        pool.collect();
        return answer;
    }

    void joinAgain(int number, long boot) {
        handle = pool.join(Pool.spec(number, boot), removalDone).member();
        sequence = 1;
        layouts.clear();
    }
}
