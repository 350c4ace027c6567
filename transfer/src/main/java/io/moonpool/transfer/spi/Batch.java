// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Scattered pieces that are read or written together, and what became of each. It is done as a
 * whole, once, and may then be cleared and used again: a run allocates nothing for a piece.
 *
 * <p>Fill it, submit it to a {@link PeerLink}, ask {@link #isDone} or a {@link CompletionQueue},
 * look at the outcomes. One thread owns it; only {@link #cancel} may come from another one.
 *
 * <p>A transport counts the parts it makes of every piece and reports the fate of each, from any
 * thread. It calls {@link #finish} after it has let go of all local memory, and not before: from
 * then on the memory is the owner's again.
 */
public abstract class Batch {
    private static final int NEW = 0;
    private static final int RUNNING = 1;
    private static final int DONE = 2;

    private static final Outcome[] OUTCOMES = Outcome.values();
    private static final int ENDING_BITS = 8;

    private final Transport transport;
    private final CompletionQueue completions;
    private final String[] remoteSegments;
    private final long[] remoteOffsets;
    private final LocalSegment[] locals;
    private final long[] localOffsets;
    private final long[] lengths;

    /** Positive: parts under way. Zero: all arrived. Negative: minus the ordinal of its outcome. */
    private final AtomicIntegerArray progress;

    /** The number of the run and, in the low bits, the outcome that ends it early; 0 for none. */
    private final AtomicLong ending = new AtomicLong();

    private int pieces;
    private long bytes;
    private Object attachment;
    private Outcome outcome;
    private volatile String reason;
    private volatile int state;
    private volatile Thread waiter;

    /** Without completions the owner asks the batch itself. */
    protected Batch(Transport transport, int piecesMax, CompletionQueue completions) {
        if (piecesMax < 1) {
            throw new IllegalArgumentException(
                    "piecesMax must be positive: piecesMax=" + piecesMax);
        }
        this.transport = transport;
        this.completions = completions;
        remoteSegments = new String[piecesMax];
        remoteOffsets = new long[piecesMax];
        locals = new LocalSegment[piecesMax];
        localOffsets = new long[piecesMax];
        lengths = new long[piecesMax];
        progress = new AtomicIntegerArray(piecesMax);
    }

    /**
     * One more piece. Its remote side is checked by the peer, its local side here. Pieces of one
     * batch should not overlap in memory: which of them stays is not defined.
     */
    public final Batch add(
            String remoteSegment,
            long remoteOffset,
            LocalSegment local,
            long localOffset,
            long length) {
        requireIdle();
        if (state == DONE) {
            throw new IllegalStateException("the batch has been used: clear it first");
        }
        if (pieces == lengths.length) {
            throw new IllegalStateException("the batch is full: piecesMax=" + pieces);
        }
        if (local.transport() != transport) {
            throw new IllegalArgumentException(
                    "the local segment is registered elsewhere: segment=" + local.name());
        }
        if (length < 0
                || remoteOffset < 0
                || localOffset < 0
                || localOffset > local.bytes() - length) {
            throw new IndexOutOfBoundsException(
                    "piece out of bounds: remoteOffset="
                            + remoteOffset
                            + ", localOffset="
                            + localOffset
                            + ", length="
                            + length
                            + ", localBytes="
                            + local.bytes());
        }
        remoteSegments[pieces] = remoteSegment;
        remoteOffsets[pieces] = remoteOffset;
        locals[pieces] = local;
        localOffsets[pieces] = localOffset;
        lengths[pieces] = length;
        pieces++;
        bytes += length;
        return this;
    }

    /** Forgets the pieces, for the next run. */
    public final void clear() {
        requireIdle();
        pieces = 0;
        bytes = 0;
        reason = null;
        outcome = null;
        state = NEW;
    }

    public final int pieces() {
        return pieces;
    }

    public final long bytes() {
        return bytes;
    }

    /** Whatever the owner wants to find again when the batch is done. */
    public final void attach(Object value) {
        attachment = value;
    }

    public final Object attachment() {
        return attachment;
    }

    public final boolean isDone() {
        return state == DONE;
    }

    /** Waits for the end of the batch; false when it did not come in time. */
    public final boolean await(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        waiter = Thread.currentThread();
        try {
            while (state != DONE) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                LockSupport.parkNanos(this, left);
            }
            return true;
        } finally {
            waiter = null;
        }
    }

    /** OK when every piece is; otherwise that of the first piece that is not. */
    public final Outcome outcome() {
        requireDone();
        return outcome;
    }

    public final Outcome outcome(int piece) {
        requireDone();
        if (piece < 0 || piece >= pieces) {
            throw new IndexOutOfBoundsException("piece=" + piece + ", pieces=" + pieces);
        }
        return OUTCOMES[-progress.get(piece)];
    }

    /** For people: why the first failure happened; empty when all is well. */
    public final String reason() {
        requireDone();
        return reason == null ? "" : reason;
    }

    /**
     * Asks to end the run. The batch is done soon after, with {@link Outcome#CANCELLED} for pieces
     * that had not arrived, and not before the transport has let go of the memory.
     */
    public final void cancel() {
        if (state == RUNNING) {
            end(run(), Outcome.CANCELLED, "cancelled");
        }
    }

    /** Makes the transport let go of whatever it holds of this batch. Called by any thread. */
    protected abstract void abandon();

    /** Begins a run; its number tells it from earlier ones. */
    protected final long begin(boolean intoLocal) {
        requireIdle();
        if (state == DONE) {
            throw new IllegalStateException("the batch has been used: clear it first");
        }
        for (int piece = 0; piece < pieces; piece++) {
            if (intoLocal && !locals[piece].isWritable()) {
                throw new IllegalArgumentException(
                        "the local segment is read-only: map it writable: segment="
                                + locals[piece].name());
            }
        }
        long run = run() + 1;
        ending.set(run << ENDING_BITS);
        state = RUNNING;
        return run;
    }

    protected final long run() {
        return ending.get() >>> ENDING_BITS;
    }

    /** What ends this run early, or null while nothing does. */
    protected final Outcome ending() {
        int code = (int) (ending.get() & ((1 << ENDING_BITS) - 1));
        return code == 0 ? null : OUTCOMES[code];
    }

    /** Ends the given run early, unless it is over or ending already. */
    protected final void end(long run, Outcome early, String why) {
        long untouched = run << ENDING_BITS;
        if (state == RUNNING && ending.compareAndSet(untouched, untouched | early.ordinal())) {
            explain(why);
            abandon();
        }
    }

    /** Before anything of the piece is under way. */
    protected final void expectParts(int piece, int parts) {
        progress.set(piece, parts);
    }

    protected final void partArrived(int piece) {
        int left = progress.get(piece);
        while (left > 0 && !progress.compareAndSet(piece, left, left - 1)) {
            left = progress.get(piece);
        }
    }

    /** The first failure of a piece is the one that is told. */
    protected final void partFailed(int piece, Outcome failure, String why) {
        explain(why);
        int left = progress.get(piece);
        while (left > 0 && !progress.compareAndSet(piece, left, -failure.ordinal())) {
            left = progress.get(piece);
        }
    }

    /** All parts have had their fate reported, and no local memory is held any more. */
    protected final void finish() {
        outcome = Outcome.OK;
        for (int piece = 0; piece < pieces && outcome.isOk(); piece++) {
            outcome = OUTCOMES[-progress.get(piece)];
        }
        // SYNC POINT: what landed, and the outcomes, are visible to whoever sees DONE.
        state = DONE;
        Thread waiting = waiter;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
        if (completions != null) {
            completions.add(this);
        }
    }

    protected final String remoteSegment(int piece) {
        return remoteSegments[piece];
    }

    protected final long remoteOffset(int piece) {
        return remoteOffsets[piece];
    }

    protected final LocalSegment local(int piece) {
        return locals[piece];
    }

    protected final long localOffset(int piece) {
        return localOffsets[piece];
    }

    protected final long length(int piece) {
        return lengths[piece];
    }

    private void explain(String why) {
        if (reason == null) {
            reason = why;
        }
    }

    private void requireIdle() {
        if (state == RUNNING) {
            throw new IllegalStateException("the batch is running: wait until it is done");
        }
    }

    private void requireDone() {
        if (state != DONE) {
            throw new IllegalStateException("the batch is not done: ask isDone first");
        }
    }
}
