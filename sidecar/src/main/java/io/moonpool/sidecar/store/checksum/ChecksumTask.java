// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store.checksum;

/**
 * A run of slots to checksum. Owned by the store's thread but between {@link ChecksumPool#submit}
 * and {@link ChecksumPool#pollDone}, and used over and over.
 */
public final class ChecksumTask {

    public static final int SLOTS_MAX = 64;

    /**
     * A run ends with the slot that reaches this many bytes: short enough to share a lease among
     * threads.
     */
    public static final long BYTES_TARGET = 1L << 20;

    public final int[] slots = new int[SLOTS_MAX];
    public final long[] offsets = new long[SLOTS_MAX];
    public final int[] crcs = new int[SLOTS_MAX];

    /** Whoever asked, for himself. */
    public Object owner;

    /** Number of the run within its owner. */
    public int sequence;

    /** The owner's number of the first slot. */
    public int firstEntry;

    public int arena;
    public int count;
    public long bytes;

    /**
     * True: compare with the headers and stop at the first difference. False: fill in {@link
     * #crcs}.
     */
    public boolean verify;

    /** Slots that were right, before the first that was not; all when not verifying. */
    public int good;

    public void begin(Object newOwner, int newSequence, int newFirstEntry, boolean newVerify) {
        owner = newOwner;
        sequence = newSequence;
        firstEntry = newFirstEntry;
        verify = newVerify;
        count = 0;
        bytes = 0;
        good = 0;
    }

    public void add(int slot, long offset, long payloadBytes) {
        slots[count] = slot;
        offsets[count] = offset;
        count++;
        bytes += payloadBytes;
    }

    public boolean isFull() {
        return count == SLOTS_MAX || bytes >= BYTES_TARGET;
    }
}
