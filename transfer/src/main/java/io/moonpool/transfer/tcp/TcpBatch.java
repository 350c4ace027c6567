// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.Batch;
import io.moonpool.transfer.spi.CompletionQueue;
import io.moonpool.transfer.spi.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A batch as a list of requests, each of which settles once; the last one ends the run. */
final class TcpBatch extends Batch {
    private final List<Request> requests = new ArrayList<>();
    private final AtomicInteger open = new AtomicInteger();
    private int requestCount;
    private String encodedName;
    private byte[] encoded;
    private int retries;
    private volatile TcpPeer peer;

    TcpBatch(TcpTransport transport, int piecesMax, CompletionQueue completions) {
        super(transport, piecesMax, completions);
    }

    /** Begins a run and cuts it into requests of at most this much payload. */
    long start(TcpPeer submittedTo, boolean write, int chunkBytes) {
        peer = submittedTo;
        retries = submittedTo.retries();
        checkNames();
        long run = begin(!write);
        requestCount = 0;
        plan(write, chunkBytes);
        open.set(requestCount);
        if (requestCount == 0) {
            finish();
        }
        return run;
    }

    int requestCount() {
        return requestCount;
    }

    Request request(int i) {
        return requests.get(i);
    }

    @Override
    protected void abandon() {
        peer.sweep();
    }

    void expire(long run) {
        end(run, Outcome.TIMED_OUT, "not done by its deadline; " + peer.condition());
    }

    long currentRun() {
        return run();
    }

    Outcome early() {
        return ending();
    }

    void arrived(int piece) {
        partArrived(piece);
    }

    void failed(int piece, Outcome outcome, String why) {
        partFailed(piece, outcome, why);
    }

    void settle() {
        if (open.decrementAndGet() == 0) {
            finish();
        }
    }

    long remoteOffsetOf(int piece) {
        return remoteOffset(piece);
    }

    TcpSegment segmentOf(int piece) {
        return (TcpSegment) local(piece);
    }

    long localOffsetOf(int piece) {
        return localOffset(piece);
    }

    long lengthOf(int piece) {
        return length(piece);
    }

    private void checkNames() {
        for (int piece = 0; piece < pieces(); piece++) {
            nameBytes(piece);
        }
    }

    private void plan(boolean write, int chunkBytes) {
        Request current = null;
        for (int piece = 0; piece < pieces(); piece++) {
            long length = length(piece);
            if (length > chunkBytes) {
                cut(piece, write, chunkBytes);
                current = null;
            } else {
                if (current == null || !fits(current, piece, chunkBytes)) {
                    current = next();
                    current.start(nameBytes(piece), write, retries, piece, 0);
                }
                current.extend((int) length);
                expectParts(piece, 1);
            }
        }
    }

    private void cut(int piece, boolean write, int chunkBytes) {
        long length = length(piece);
        int parts = 0;
        for (long at = 0; at < length; at += chunkBytes, parts++) {
            Request part = next();
            part.start(nameBytes(piece), write, retries, piece, at);
            part.extend((int) Math.min(chunkBytes, length - at));
        }
        expectParts(piece, parts);
    }

    private boolean fits(Request current, int piece, int chunkBytes) {
        return current.pieces() < Wire.PIECES_MAX
                && current.bytes() + length(piece) <= chunkBytes
                && remoteSegment(piece).equals(remoteSegment(piece - 1));
    }

    private Request next() {
        if (requestCount == requests.size()) {
            requests.add(new Request(this));
        }
        return requests.get(requestCount++);
    }

    private byte[] nameBytes(int piece) {
        String name = remoteSegment(piece);
        if (!name.equals(encodedName)) {
            encoded = encode(name);
            encodedName = name;
        }
        return encoded;
    }

    static byte[] encode(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > Wire.NAME_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a segment's name has 1 to "
                            + Wire.NAME_BYTES_MAX
                            + " bytes in UTF-8: bytes="
                            + bytes.length);
        }
        return bytes;
    }
}
