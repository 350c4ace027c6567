// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.EndCause;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One of the connections to a peer, made anew whenever it breaks, until the link is closed. {@link
 * LaneTraffic} does the talking while it is up.
 *
 * <p>It belongs to its I/O thread, but for one thing: who submits a batch sends the requests right
 * away when the lane is free, which saves waking a thread. The lock is for that alone, and is never
 * held during a system call of such a thread.
 */
final class Lane implements Connection {
    private static final long BACKOFF_NANOS_MIN = 20_000_000;
    private static final long BACKOFF_NANOS_MAX = 1_000_000_000;
    private static final long REMAKE_NANOS = 200_000_000;

    private enum State {
        DOWN,
        /** It worked, broke twice in a row, and is about to be made anew. */
        PAUSING,
        CONNECTING,
        GREETING,
        READY,
        CLOSED
    }

    private final TcpPeer peer;
    private final TcpTransport transport;
    private final TcpSettings settings;
    private final IoLoop loop;
    private final int number;
    private final InetSocketAddress remote;
    private final InetAddress local;
    private final Runnable onNudge = this::answerNudge;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicBoolean nudged = new AtomicBoolean();

    private State state = State.CONNECTING;
    private volatile boolean ready;
    private SocketChannel channel;
    private SelectionKey key;
    private Greeting greeting;
    private LaneTraffic traffic;
    private long startedAt;
    private long retryAt;
    private long remadeAt = System.nanoTime() - 2 * REMAKE_NANOS;
    private long backoff = BACKOFF_NANOS_MIN;

    private Lane(
            TcpPeer peer,
            TcpTransport transport,
            int number,
            InetSocketAddress remote,
            InetAddress local) {
        this.peer = peer;
        this.transport = transport;
        this.settings = transport.settings();
        this.loop = transport.nextLoop();
        this.number = number;
        this.remote = remote;
        this.local = local;
    }

    /** As many as were asked for, and at least one for each endpoint and local address. */
    static List<Lane> toAll(
            TcpPeer peer, TcpTransport transport, List<InetSocketAddress> endpoints) {
        List<InetAddress> locals = transport.settings().locals();
        int count =
                Math.max(transport.settings().lanes(), Math.max(endpoints.size(), locals.size()));
        List<Lane> lanes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            InetAddress local = locals.isEmpty() ? null : locals.get(i % locals.size());
            InetSocketAddress remote = endpoints.get(i % endpoints.size());
            lanes.add(new Lane(peer, transport, i, remote, local));
        }
        return List.copyOf(lanes);
    }

    IoLoop loop() {
        return loop;
    }

    /** Any thread. */
    boolean isReady() {
        return ready;
    }

    /** Any thread: the peer counts it as hopeful already. */
    void start() {
        loop.post(() -> {
            loop.add(this);
            connect();
        });
    }

    /** Any thread: there is work, and whatever can be done here and now is done. */
    void hurry() {
        LaneTraffic taking = takeNow();
        if (taking == null) {
            nudge();
            return;
        }
        long sent = taking.sendNow();
        lock.lock();
        try {
            if (!taking.finishNow(sent)) {
                nudge();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Null when this is for the I/O thread. */
    private LaneTraffic takeNow() {
        if (!lock.tryLock()) {
            return null;
        }
        try {
            return state == State.READY && traffic.takeNow() ? traffic : null;
        } finally {
            lock.unlock();
        }
    }

    /** Any thread: there is work for the I/O thread. */
    void nudge() {
        if (nudged.compareAndSet(false, true)) {
            loop.post(onNudge);
        }
    }

    /** Any thread: a batch is ending. */
    void sweep() {
        loop.post(() -> {
            if (traffic != null) {
                guarded(traffic::sweep);
            }
        });
    }

    /** Any thread; the peer is closed already. */
    void close() {
        loop.post(() -> end(EndCause.CLOSED, "the link was closed"));
    }

    @Override
    public void onReady(int operations) throws IOException {
        lock.lock();
        try {
            goOn(operations);
        } finally {
            lock.unlock();
        }
    }

    private void goOn(int operations) throws IOException {
        if (state == State.CONNECTING && channel.finishConnect()) {
            greet();
        } else if (state == State.GREETING) {
            meet();
        } else if (state == State.READY) {
            traffic.onReady(operations);
        }
    }

    @Override
    public void onTick(long now) {
        if (state == State.DOWN && now - retryAt >= 0) {
            state = State.CONNECTING;
            peer.hopes();
            connect();
        } else if (state == State.PAUSING && now - retryAt >= 0) {
            state = State.CONNECTING;
            connect();
        } else if (state == State.CONNECTING || state == State.GREETING) {
            if (now - startedAt > settings.patience().connectTimeout().toNanos()) {
                String phase = state == State.CONNECTING ? "connection" : "greeting";
                end(
                        EndCause.NOT_CONNECTED,
                        "no " + phase + " within " + settings.patience().connectTimeout());
            }
        } else if (state == State.READY) {
            guarded(() -> traffic.onTick(now));
        }
    }

    private void guarded(IoLoop.IoStep step) {
        lock.lock();
        try {
            loop.guarded(this, step);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void end(EndCause cause, String detail) {
        lock.lock();
        try {
            endLocked(cause, detail);
        } finally {
            lock.unlock();
        }
    }

    private void endLocked(EndCause cause, String detail) {
        if (state == State.CLOSED) {
            return;
        }
        State before = state;
        LaneTraffic ended = traffic;
        dropChannel();
        if (before != State.DOWN) {
            report(before == State.READY ? cause : asFailedAttempt(cause), detail, before);
        }
        state = peer.isClosed() ? State.CLOSED : State.DOWN;
        if (ended != null) {
            ended.giveUp(cause, detail);
        }
        settleState(before, ended != null && ended.wasUseful());
    }

    /** A lane that worked is made again at once, but not all the time; others after a while. */
    private void settleState(State before, boolean useful) {
        long now = System.nanoTime();
        if (state == State.DOWN && useful) {
            remake(now);
            return;
        }
        if (state == State.CLOSED) {
            loop.remove(this);
        } else {
            retryAt = now + backoff + ThreadLocalRandom.current().nextLong(backoff / 4);
            backoff = Math.min(2 * backoff, BACKOFF_NANOS_MAX);
        }
        if (before != State.DOWN) {
            peer.despairs();
        }
    }

    private void remake(long now) {
        backoff = BACKOFF_NANOS_MIN;
        if (now - remadeAt > REMAKE_NANOS) {
            remadeAt = now;
            state = State.CONNECTING;
            connect();
        } else {
            state = State.PAUSING;
            retryAt = now + backoff;
        }
    }

    private void connect() {
        startedAt = System.nanoTime();
        if (peer.isClosed()) {
            end(EndCause.CLOSED, "the link was closed");
            return;
        }
        try {
            channel = SocketChannel.open();
            Sockets.prepare(channel, settings);
            if (local != null) {
                channel.bind(new InetSocketAddress(local, 0));
            }
            boolean connected = channel.connect(remote);
            key = loop.register(channel, SelectionKey.OP_CONNECT, this);
            if (connected) {
                greet();
            }
        } catch (IOException | RuntimeException e) {
            end(EndCause.NOT_CONNECTED, String.valueOf(e.getMessage()));
        }
    }

    private void greet() throws IOException {
        state = State.GREETING;
        greeting = new Greeting(peer.token(), number);
        meet();
    }

    private void meet() throws IOException {
        if (greeting.goOn(channel, key)) {
            begin();
        }
    }

    private void begin() throws IOException {
        Traffic counters = transport.traffic(channel.getLocalAddress());
        counters.connections.increment();
        traffic = new LaneTraffic(peer, loop, settings, channel, key, counters, greeting);
        greeting = null;
        state = State.READY;
        ready = true;
        peer.becameReady();
        traffic.pump();
    }

    private void answerNudge() {
        nudged.set(false);
        if (state == State.READY) {
            guarded(traffic::pump);
        }
    }

    private void dropChannel() {
        if (ready) {
            ready = false;
            peer.noLongerReady();
        }
        traffic = null;
        greeting = null;
        Sockets.close(channel);
        channel = null;
        key = null;
    }

    private static EndCause asFailedAttempt(EndCause cause) {
        return cause == EndCause.LOST ? EndCause.NOT_CONNECTED : cause;
    }

    private void report(EndCause cause, String detail, State before) {
        SocketAddress from = local == null ? null : new InetSocketAddress(local, 0);
        String what = from == null ? remote.toString() : from + " to " + remote;
        if (cause != EndCause.CLOSED) {
            peer.trouble(what + ": " + cause + ": " + detail);
        }
        if (before == State.READY || cause != EndCause.CLOSED) {
            transport.tell(what, cause, detail);
        }
    }
}
