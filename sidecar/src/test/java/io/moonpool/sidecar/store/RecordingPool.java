// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.DirectBuffer;

/** A pool without a network: keeps what it is told and asked; the test brings what it wants. */
final class RecordingPool implements PoolPort {

    boolean open = true;
    int room = Integer.MAX_VALUE;
    final List<StagingJob> jobs = new ArrayList<>();
    final List<Long> floors = new ArrayList<>();

    /** Number of the object that a directory would list for a key. */
    final Map<ByteBuffer, Long> listed = new HashMap<>();

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void published(int layout, long epoch, long number, DirectBuffer hash) {
        listed.put(key(layout, epoch, hash), number);
    }

    @Override
    public void retracted(int layout, long epoch, long number, DirectBuffer hash) {
        listed.remove(key(layout, epoch, hash), number);
    }

    private static ByteBuffer key(int layout, long epoch, DirectBuffer hash) {
        ByteBuffer key = ByteBuffer.allocate(44).putInt(layout).putLong(epoch);
        hash.getBytes(0, key, 32);
        return key.flip();
    }

    @Override
    public void raised(String tenant, byte[] namespaceDigest, long epoch) {
        floors.add(epoch);
    }

    @Override
    public int room() {
        return room;
    }

    @Override
    public void bring(StagingJob job) {
        jobs.add(job);
    }
}
