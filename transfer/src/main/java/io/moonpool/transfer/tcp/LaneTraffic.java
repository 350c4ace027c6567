// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.EndCause;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What passes over a lane from the welcome to its end: requests go out as far ahead as the bounds
 * allow, answers come back in the same order and land in the segments. Whoever calls holds the
 * lane's lock, but for {@link #sendNow}.
 */
final class LaneTraffic {
    /** After so many reads in a row, the other connections of the thread have a turn. */
    private static final int READS_MAX = 16;

    private enum Phase {
        HEAD,
        STATUSES,
        PAYLOAD
    }

    private final TcpPeer peer;
    private final IoLoop loop;
    private final TcpSettings settings;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final Traffic counters;
    private final int window;
    private final long keepAliveNanos;
    private final Outbox<Slot> outbox = new Outbox<>(slot -> {});
    private final Deque<Slot> inFlight = new ArrayDeque<>();
    private final Deque<Slot> free = new ArrayDeque<>();
    private final IoVector heads = new IoVector();
    private final ByteBuffer in = Wire.buffer(Wire.REPLY_HEAD_MAX);
    private Phase phase = Phase.HEAD;
    private long expectedPayload;
    private long inFlightBytes;
    private long lastId;
    private long lastHeard = System.nanoTime();
    private long waitingSince;
    private boolean useful;
    private boolean over;

    /** Whoever submitted them is sending these requests at this moment. */
    private final List<Slot> urgent = new ArrayList<>();

    private boolean sendingNow;

    LaneTraffic(
            TcpPeer peer,
            IoLoop loop,
            TcpSettings settings,
            SocketChannel channel,
            SelectionKey key,
            Traffic counters,
            Greeting greeting) {
        this.peer = peer;
        this.loop = loop;
        this.settings = settings;
        this.channel = channel;
        this.key = key;
        this.counters = counters;
        this.window = greeting.window();
        this.keepAliveNanos =
                Math.min(settings.patience().keepAlive().toNanos(), greeting.idleNanos() / 3);
        in.limit(Wire.REPLY_BYTES);
    }

    /** Whether it ever carried an answer. */
    boolean wasUseful() {
        return useful;
    }

    void onReady(int operations) throws IOException {
        if ((operations & SelectionKey.OP_READ) != 0) {
            receive();
            pump();
        }
        if ((operations & SelectionKey.OP_WRITE) != 0) {
            flush();
        }
    }

    void onTick(long now) throws IOException {
        if (inFlight.isEmpty()) {
            if (now - lastHeard > keepAliveNanos) {
                Slot ping = takeSlot();
                ping.fillPing(++lastId);
                send(ping);
                flush();
            }
            return;
        }
        long since = lastHeard - waitingSince > 0 ? lastHeard : waitingSince;
        if (now - since > settings.patience().silenceTimeout().toNanos()) {
            throw new ConnectionFault(
                    EndCause.SILENT,
                    "answers are due and nothing came for " + settings.patience().silenceTimeout());
        }
    }

    /** Takes requests from the queue as the bounds allow, and sends what the socket takes. */
    void pump() throws IOException {
        if (sendingNow) {
            return;
        }
        for (int share = peer.share(); share > 0 && hasRoom(); share--) {
            Request request = peer.next();
            if (request == null) {
                break;
            }
            Slot slot = takeSlot();
            slot.fill(request, ++lastId);
            send(slot);
        }
        if (!outbox.isEmpty()) {
            flush();
        }
    }

    /**
     * Takes requests for reads on the thread of whoever has just submitted them, as far as they fit
     * into one system call, and leaves the call itself to {@link #sendNow}, which needs no lock:
     * the answers may come before it returns. False when it is all up to the I/O thread.
     */
    boolean takeNow() {
        if (sendingNow || !outbox.isEmpty()) {
            return false;
        }
        for (int share = peer.share(); share > 0 && hasRoom(); share--) {
            Request request = peer.nextRead();
            if (request == null) {
                break;
            }
            Slot slot = takeSlot();
            slot.fill(request, ++lastId);
            slot.sendingNow(true);
            take(slot);
            urgent.add(slot);
            heads.add(slot.head());
        }
        sendingNow = !urgent.isEmpty();
        return sendingNow;
    }

    /** Without the lock, after {@link #takeNow}. The bytes that went; none after an error. */
    long sendNow() {
        try {
            return heads.write(channel);
        } catch (IOException e) {
            return 0;
        }
    }

    /** With the lock again. False when something is left to do that is for the I/O thread. */
    boolean finishNow(long sent) {
        sendingNow = false;
        long left = sent;
        for (Slot slot : urgent) {
            left -= slot.advanceHead(left);
            slot.sendingNow(false);
            if (slot.isAnswered()) {
                free.add(slot);
            } else if (!slot.isSent() && !over) {
                outbox.add(slot);
            }
        }
        urgent.clear();
        return outbox.isEmpty() && (!hasRoom() || peer.share() == 0);
    }

    /** Lets go of every request whose batch is ending. */
    void sweep() throws IOException {
        boolean torn = false;
        for (Slot slot : inFlight.toArray(Slot[]::new)) {
            Request request = slot.request();
            if (request != null && request.batch().early() != null) {
                torn |= !letGo(slot);
            }
        }
        if (torn) {
            throw new ConnectionFault(EndCause.CLOSED, "a write was given up in mid-frame");
        }
        pump();
    }

    /** The lane is over: others may do what it had taken on. */
    void giveUp(EndCause cause, String detail) {
        counters.connections.decrement();
        if (cause != EndCause.CLOSED) {
            counters.lost.increment();
        }
        over = true;
        outbox.clear();
        while (!inFlight.isEmpty()) {
            Slot slot = inFlight.pollLast();
            countDrained(slot);
            Request request = slot.release();
            if (request != null && peer.retryOrFail(request, cause + ": " + detail)) {
                counters.retries.increment();
            }
        }
        peer.nudgeOthers();
    }

    /** False when a frame would be left unfinished on the wire. */
    private boolean letGo(Slot slot) {
        boolean unsent = slot.isWrite() && slot.isUntouched() && outbox.remove(slot);
        if (unsent) {
            inFlight.remove(slot);
            inFlightBytes -= slot.bytes();
            free.add(slot);
        }
        boolean whole = unsent || !slot.isWrite() || slot.isSent();
        slot.release().failEnding();
        return whole;
    }

    private boolean hasRoom() {
        return inFlight.isEmpty()
                || inFlight.size() < window && inFlightBytes < settings.requests().inFlightBytes();
    }

    private Slot takeSlot() {
        Slot slot = free.poll();
        return slot == null ? new Slot() : slot;
    }

    private void send(Slot slot) {
        take(slot);
        outbox.add(slot);
    }

    private void take(Slot slot) {
        if (inFlight.isEmpty()) {
            waitingSince = System.nanoTime();
        }
        inFlight.add(slot);
        inFlightBytes += slot.bytes();
    }

    private void flush() throws IOException {
        if (outbox.flush(channel, loop.vector()) > 0) {
            waitingSince = System.nanoTime();
        }
        counters.written.add(outbox.takePayloadSent());
        int wanted = SelectionKey.OP_READ | (outbox.isEmpty() ? 0 : SelectionKey.OP_WRITE);
        if (key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
    }

    private void receive() throws IOException {
        for (int reads = 0; reads < READS_MAX; reads++) {
            long room = prepare();
            long payload = phase == Phase.PAYLOAD ? inFlight.peek().extents().remaining() : 0;
            long count = loop.vector().read(channel);
            if (count < 0) {
                throw new ConnectionFault(EndCause.LOST, "the peer closed the connection");
            }
            if (count == 0) {
                return;
            }
            lastHeard = System.nanoTime();
            if (payload > 0) {
                inFlight.peek().extents().advance(Math.min(count, payload));
            }
            digest();
            if (count < room) {
                return;
            }
        }
    }

    /** Where the next bytes belong: the payload that is due, and the head that follows it. */
    private long prepare() {
        IoVector vector = loop.vector();
        if (phase != Phase.PAYLOAD) {
            vector.add(in);
            return in.remaining();
        }
        Extents extents = inFlight.peek().extents();
        if (extents.landIn(vector) && !vector.isFull()) {
            vector.add(in);
            return extents.remaining() + in.remaining();
        }
        return 1;
    }

    /** Goes on through whatever is complete. */
    private void digest() throws ConnectionFault {
        while (true) {
            if (phase == Phase.PAYLOAD) {
                if (inFlight.peek().extents().remaining() > 0) {
                    return;
                }
                complete();
            } else if (in.hasRemaining()) {
                return;
            } else if (phase == Phase.HEAD) {
                readHead();
            } else {
                readStatuses();
            }
        }
    }

    private void readHead() throws ConnectionFault {
        int type = Byte.toUnsignedInt(in.get(Wire.REPLY_TYPE));
        int status = Byte.toUnsignedInt(in.get(Wire.REPLY_STATUS));
        if (type == Wire.GOODBYE) {
            EndCause cause = EndCause.ofCode(status);
            throw new ConnectionFault(cause, "the peer ended the connection: " + cause);
        }
        Slot slot = inFlight.peek();
        if (slot == null || type != (slot.type() | Wire.REPLY_BIT)) {
            throw new ConnectionFault(EndCause.FRAME, "an answer to nothing: type=" + type);
        }
        if (in.getLong(Wire.REPLY_ID) != slot.id() || !slot.mayBeAnswered()) {
            throw new ConnectionFault(
                    EndCause.FRAME, "an answer out of turn: id=" + in.getLong(Wire.REPLY_ID));
        }
        expectedPayload = in.getLong(Wire.REPLY_PAYLOAD);
        int statuses = in.getInt(Wire.REPLY_PIECES);
        if (status == Wire.STATUS_MIXED && slot.pieces() > 0) {
            requireEqual("statuses", statuses, slot.pieces());
            phase = Phase.STATUSES;
            in.clear().limit(Wire.aligned(statuses));
            return;
        }
        requireEqual("statuses", statuses, 0);
        if (status != Wire.STATUS_OK) {
            requireFailure(status);
            slot.statusOfAll(status);
        }
        awaitPayload(slot);
    }

    private void readStatuses() throws ConnectionFault {
        Slot slot = inFlight.peek();
        for (int i = 0; i < slot.pieces(); i++) {
            byte status = in.get(i);
            if (status != Wire.STATUS_OK) {
                requireFailure(status);
            }
            slot.status(i, status);
        }
        awaitPayload(slot);
    }

    private void awaitPayload(Slot slot) throws ConnectionFault {
        if (slot.type() == Wire.READ) {
            requireEqual("payload", expectedPayload, slot.extents().remaining());
        } else {
            requireEqual("payload", expectedPayload, 0);
            slot.extents().clear();
        }
        phase = Phase.PAYLOAD;
        in.clear().limit(Wire.REPLY_BYTES);
    }

    private void complete() {
        Slot slot = inFlight.poll();
        phase = Phase.HEAD;
        useful = true;
        inFlightBytes -= slot.bytes();
        waitingSince = lastHeard;
        countDrained(slot);
        if (slot.type() == Wire.READ && slot.request() != null) {
            counters.read.add(expectedPayload - slot.extents().drained());
        }
        slot.settle();
        if (!slot.isSendingNow()) {
            free.add(slot);
        }
    }

    private void countDrained(Slot slot) {
        if (slot.type() == Wire.READ) {
            counters.drained.add(slot.extents().drained());
        }
    }

    private static void requireFailure(int status) throws ConnectionFault {
        if (!Statuses.isKnownFailure(status)) {
            throw new ConnectionFault(EndCause.BOUNDS, "an unknown status: status=" + status);
        }
    }

    private static void requireEqual(String field, long value, long expected)
            throws ConnectionFault {
        if (value != expected) {
            throw new ConnectionFault(
                    EndCause.BOUNDS,
                    "a length that can't be: " + field + "=" + value + ", expected=" + expected);
        }
    }
}
