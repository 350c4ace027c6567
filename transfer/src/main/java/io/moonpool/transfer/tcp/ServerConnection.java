// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.EndCause;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The accepting side of one connection. It believes nothing: every number is checked before it is
 * used, what one guest can make us hold is the window times a request, and whoever breaks a rule is
 * told so and loses this connection alone.
 */
final class ServerConnection implements Connection {
    private static final int IN_BYTES = 16 << 10;
    private static final int READS_MAX = 16;

    private final TcpTransport transport;
    private final IoLoop loop;
    private final SocketChannel channel;
    private final String guest;
    private final Traffic counters;
    private final Requests requests;
    private final Outbox<Reply> outbox = new Outbox<>(this::sent);
    private final Deque<Reply> free = new ArrayDeque<>();
    private final ByteBuffer in = Wire.buffer(IN_BYTES);
    private SelectionKey key;
    private Reply landing;
    private boolean greeted;
    private boolean ended;
    private long frameSince;
    private long lastHeard = System.nanoTime();
    private long lastTaken = lastHeard;

    ServerConnection(TcpTransport transport, IoLoop loop, SocketChannel channel, String guest)
            throws IOException {
        this.transport = transport;
        this.loop = loop;
        this.channel = channel;
        this.guest = guest;
        this.counters = transport.traffic(channel.getLocalAddress());
        this.requests = new Requests(transport.segments());
    }

    /** On its own I/O thread. */
    void start() {
        loop.add(this);
        counters.connections.increment();
        loop.guarded(this, () -> key = loop.register(channel, SelectionKey.OP_READ, this));
    }

    @Override
    public void onReady(int operations) throws IOException {
        if ((operations & SelectionKey.OP_READ) != 0) {
            receive();
        }
        flush();
    }

    @Override
    public void onTick(long now) {
        long stall = transport.settings().guestPatience().stallTimeout().toNanos();
        if (!greeted && now - lastTaken > stall) {
            end(
                    EndCause.STALLED,
                    "no greeting within " + transport.settings().guestPatience().stallTimeout());
        } else if (in.position() > 0 && now - frameSince > stall) {
            end(EndCause.STALLED, "a frame was begun and not finished");
        } else if (landing != null && now - lastHeard > stall) {
            end(EndCause.STALLED, "a payload was begun and not finished");
        } else if (!outbox.isEmpty() && now - lastTaken > stall) {
            end(EndCause.STALLED, "answers are not taken");
        } else if (now - lastHeard > transport.settings().guestPatience().idleTimeout().toNanos()
                && outbox.isEmpty()) {
            end(
                    EndCause.SILENT,
                    "nothing came for " + transport.settings().guestPatience().idleTimeout());
        }
    }

    @Override
    public void end(EndCause cause, String detail) {
        if (ended) {
            return;
        }
        ended = true;
        sayGoodbye(cause);
        Sockets.close(channel);
        landing = null;
        outbox.clear();
        loop.remove(this);
        transport.left(this);
        counters.connections.decrement();
        if (cause != EndCause.CLOSED) {
            counters.lost.increment();
        }
        transport.tell(guest, cause, detail);
    }

    private void receive() throws IOException {
        for (int reads = 0; reads < READS_MAX; reads++) {
            boolean short0 = landing == null ? readFrames() : land();
            if (short0) {
                return;
            }
        }
    }

    /** True when the socket has no more for now. */
    private boolean readFrames() throws IOException {
        if (in.position() == 0) {
            frameSince = System.nanoTime();
        }
        int room = in.remaining();
        int count = channel.read(in);
        heard(count);
        in.flip();
        digest();
        in.compact();
        return count < room && landing == null;
    }

    private boolean land() throws IOException {
        Extents extents = landing.extents();
        extents.landIn(loop.vector());
        long count = loop.vector().read(channel);
        heard(count);
        advanceLanding(count);
        return count == 0;
    }

    private void heard(long count) throws IOException {
        if (count < 0) {
            boolean between = landing == null && in.position() == 0;
            throw new ConnectionFault(
                    between ? EndCause.CLOSED : EndCause.LOST,
                    between ? "the guest left" : "the guest left in mid-frame");
        }
        if (count > 0) {
            lastHeard = System.nanoTime();
        }
    }

    private void digest() throws IOException {
        while (true) {
            if (landing != null) {
                landing.extents().landIn(loop.vector());
                int copied = loop.vector().copy(in);
                advanceLanding(copied);
                if (copied == 0) {
                    return;
                }
            } else if (!greeted) {
                if (in.remaining() < Wire.HELLO_BYTES) {
                    requireMagic();
                    return;
                }
                greet();
            } else {
                Reply reply = free.isEmpty() ? new Reply() : free.peek();
                if (!requests.next(in, reply, outbox.size())) {
                    return;
                }
                free.poll();
                accept(reply);
            }
            frameSince = System.nanoTime();
        }
    }

    private void accept(Reply reply) {
        if (reply.type() == Wire.WRITE && reply.extents().remaining() > 0) {
            landing = reply;
        } else {
            answer(reply);
        }
    }

    private void advanceLanding(long count) {
        landing.extents().advance(count);
        if (landing.extents().remaining() == 0) {
            Reply landed = landing;
            landing = null;
            long drained = landed.extents().drained();
            counters.drained.add(drained);
            landed.noteGone();
            counters.accepted.add(landed.extents().total() - drained);
            answer(landed);
        }
    }

    private void answer(Reply reply) {
        if (outbox.isEmpty()) {
            lastTaken = System.nanoTime();
        }
        reply.finish();
        outbox.add(reply);
    }

    private void sent(Reply reply) {
        reply.extents().clear();
        free.add(reply);
    }

    private void flush() throws IOException {
        if (outbox.isEmpty()) {
            return;
        }
        if (outbox.flush(channel, loop.vector()) > 0) {
            lastTaken = System.nanoTime();
        }
        counters.served.add(outbox.takePayloadSent());
        int wanted = SelectionKey.OP_READ | (outbox.isEmpty() ? 0 : SelectionKey.OP_WRITE);
        if (key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
    }

    /** Who does not even begin like a peer learns nothing about us. */
    private void requireMagic() throws ConnectionFault {
        for (int i = 0; i < Math.min(in.remaining(), Long.BYTES); i++) {
            if (in.get(in.position() + i) != (byte) (Wire.MAGIC >>> (8 * i))) {
                throw new ConnectionFault(
                        EndCause.NO_PEER, "the first bytes are not those of a Moonpool peer");
            }
        }
    }

    private void greet() throws IOException {
        requireMagic();
        Hello hello = Hello.read(in);
        EndCause refusal = hello.refusal(transport.settings().token());
        ByteBuffer welcome = Hello.welcome(transport.settings(), refusal);
        channel.write(welcome);
        if (refusal != null || welcome.hasRemaining()) {
            throw new ConnectionFault(
                    refusal == null ? EndCause.LOST : refusal, hello.describe(refusal));
        }
        greeted = true;
    }

    /** As far as the socket takes it, and only where a frame may begin. */
    private void sayGoodbye(EndCause cause) {
        if (!greeted || cause == EndCause.LOST || !outbox.isBetweenFrames()) {
            return;
        }
        ByteBuffer goodbye = Wire.buffer(Wire.REPLY_BYTES);
        goodbye.put(Wire.REPLY_TYPE, (byte) Wire.GOODBYE);
        goodbye.put(Wire.REPLY_STATUS, (byte) cause.code());
        try {
            channel.write(goodbye);
        } catch (IOException ignored) {
            return;
        }
    }
}
