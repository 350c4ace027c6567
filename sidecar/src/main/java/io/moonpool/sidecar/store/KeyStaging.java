// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The keys of the lookup that a session is about to ask: block hashes by position in the session's
 * list of groups. One job at a time, as its messages come in a row; another job's keys begin
 * afresh.
 */
final class KeyStaging {

    static final int BLOCKS_MAX = 131_072;

    private static final int BLOCKS_INITIAL = 512;
    private static final int FIRST_BLOCK_MAX = 1 << 30;

    private final UnsafeBuffer[] hashes;
    private final int[] firstBlock;
    private final int[] count;
    private long jobId;
    private int total;
    private boolean malformed;

    KeyStaging(int groups) {
        this.hashes = new UnsafeBuffer[groups];
        this.firstBlock = new int[groups];
        this.count = new int[groups];
        for (int i = 0; i < groups; i++) {
            hashes[i] = new UnsafeBuffer(new byte[BLOCKS_INITIAL * BlockKey.HASH_BYTES]);
        }
    }

    /**
     * Takes a run of hashes, whose length is a multiple of 32. {@code group} below 0: there is no
     * such group.
     */
    void add(long job, int group, int first, DirectBuffer source, int offset, int length) {
        if (job != jobId) {
            clear(job);
        }
        int blocks = length / BlockKey.HASH_BYTES;
        boolean fits =
                group >= 0
                        && first >= 0
                        && first <= FIRST_BLOCK_MAX
                        && length % BlockKey.HASH_BYTES == 0
                        && total + blocks <= BLOCKS_MAX
                        && (count[group] == 0 || first == firstBlock[group] + count[group]);
        if (malformed || !fits) {
            malformed = true;
            return;
        }
        if (count[group] == 0) {
            firstBlock[group] = first;
        }
        int at = count[group] * BlockKey.HASH_BYTES;
        ensure(group, at + length);
        hashes[group].putBytes(at, source, offset, length);
        count[group] += blocks;
        total += blocks;
    }

    /** Begins the keys of a job. */
    void clear(long job) {
        jobId = job;
        total = 0;
        malformed = false;
        Arrays.fill(count, 0);
    }

    boolean isFor(long job) {
        return jobId == job;
    }

    boolean isMalformed() {
        return malformed;
    }

    int total() {
        return total;
    }

    int count(int group) {
        return count[group];
    }

    int firstBlock(int group) {
        return firstBlock[group];
    }

    BlockKey read(int group, int block, BlockKey key) {
        return key.hash(hashes[group], block * BlockKey.HASH_BYTES);
    }

    /** The hashes of a group. */
    byte[] copy(int group) {
        return Arrays.copyOf(hashes[group].byteArray(), count[group] * BlockKey.HASH_BYTES);
    }

    private void ensure(int group, int bytes) {
        byte[] present = hashes[group].byteArray();
        if (bytes > present.length) {
            hashes[group].wrap(Arrays.copyOf(present, Integer.highestOneBit(bytes - 1) << 1));
        }
    }
}
