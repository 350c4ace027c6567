// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store.checksum;

import io.moonpool.shm.headers.HeaderTable;
import io.moonpool.shm.headers.SlotChecksum;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Does tasks; one instance a thread. */
public final class ChecksumRunner {

    private final HeaderTable headers;
    private final SlotChecksum[] checksums;

    public ChecksumRunner(HeaderTable headers, List<MemorySegment> arenas) {
        this.headers = headers;
        this.checksums = new SlotChecksum[arenas.size()];
        for (int i = 0; i < checksums.length; i++) {
            checksums[i] = new SlotChecksum(arenas.get(i));
        }
    }

    public void run(ChecksumTask task) {
        SlotChecksum checksum = checksums[task.arena];
        int good = 0;
        for (int i = 0; i < task.count; i++) {
            int crc = checksum.crc32c(headers, task.slots[i], task.offsets[i]);
            if (task.verify && crc != headers.fields().crc32c(task.slots[i])) {
                break;
            }
            task.crcs[i] = crc;
            good++;
        }
        task.good = good;
    }
}
