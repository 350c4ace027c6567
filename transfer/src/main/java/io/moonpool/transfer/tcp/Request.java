// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.Outcome;

/**
 * A part of a batch that travels as one frame: a run of whole pieces of one remote segment, or one
 * part of a larger piece. Somebody holds it at any time, the queue or one lane, and settles it
 * once. It belongs to its batch and is used again with it.
 */
final class Request {
    private final TcpBatch batch;
    private byte[] name;
    private boolean write;
    private int retriesLeft;
    private int firstPiece;
    private long firstOffset;
    private int pieces;
    private int bytes;

    Request(TcpBatch batch) {
        this.batch = batch;
    }

    /** Begins with no piece. */
    void start(byte[] segmentName, boolean isWrite, int retries, int piece, long offset) {
        name = segmentName;
        write = isWrite;
        retriesLeft = isWrite ? 0 : retries;
        firstPiece = piece;
        firstOffset = offset;
        pieces = 0;
        bytes = 0;
    }

    /** The next piece, or the part of the only one. */
    void extend(int length) {
        pieces++;
        bytes += length;
    }

    TcpBatch batch() {
        return batch;
    }

    byte[] name() {
        return name;
    }

    boolean isWrite() {
        return write;
    }

    int pieces() {
        return pieces;
    }

    int bytes() {
        return bytes;
    }

    long remoteOffset(int i) {
        return batch.remoteOffsetOf(firstPiece + i) + firstOffset;
    }

    TcpSegment segment(int i) {
        return batch.segmentOf(firstPiece + i);
    }

    long localOffset(int i) {
        return batch.localOffsetOf(firstPiece + i) + firstOffset;
    }

    /** A request of one piece may hold a part of it. */
    int length(int i) {
        return pieces == 1 ? bytes : (int) batch.lengthOf(firstPiece + i);
    }

    /** Reads only, and not for ever: a write that was sent may have been done. */
    boolean mayRetry() {
        return retriesLeft-- > 0;
    }

    void arrived(int i) {
        batch.arrived(firstPiece + i);
    }

    void failed(int i, Outcome outcome, String why) {
        batch.failed(firstPiece + i, outcome, why);
    }

    /** Nobody holds it any more, and the fate of each piece is told. */
    void settle() {
        batch.settle();
    }

    void fail(Outcome outcome, String why) {
        for (int i = 0; i < pieces; i++) {
            failed(i, outcome, why);
        }
        settle();
    }

    /** What ends the batch early is the outcome. */
    void failEnding() {
        Outcome early = batch.early();
        fail(early, early.toString());
    }
}
