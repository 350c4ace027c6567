// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.Batch;
import io.moonpool.transfer.spi.Outcome;
import io.moonpool.transfer.spi.PeerLink;
import io.moonpool.transfer.spi.Token;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The lanes to one peer and the one queue they take requests from: a faster lane takes more. Lanes
 * live on I/O threads; everything here may be called by any thread.
 */
final class TcpPeer implements PeerLink {
    private static final int CHUNK_BYTES_MIN = 256 << 10;
    private static final long POLL_MILLIS = 2;

    private final TcpTransport transport;
    private final TcpSettings settings;
    private final Token token;
    private final RequestQueue queue;
    private final List<Lane> lanes;

    /** Lanes that are up or are being made. */
    private final AtomicInteger hopeful = new AtomicInteger();

    private final AtomicInteger ready = new AtomicInteger();
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile String trouble;

    TcpPeer(TcpTransport transport, Token token, List<InetSocketAddress> endpoints) {
        this.transport = transport;
        this.settings = transport.settings();
        this.token = token;
        this.queue = new RequestQueue(settings.requests().requestsMax());
        this.lanes = Lane.toAll(this, transport, endpoints);
    }

    void start() {
        hopeful.set(lanes.size());
        lanes.forEach(Lane::start);
    }

    @Override
    public void read(Batch batch, Duration timeout) {
        submit(batch, false, timeout);
    }

    @Override
    public void write(Batch batch, Duration timeout) {
        submit(batch, true, timeout);
    }

    @Override
    public boolean isUp() {
        return ready.get() > 0;
    }

    @Override
    public boolean awaitUp(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!isUp() && !closed.get() && deadline - System.nanoTime() > 0) {
            Thread.sleep(POLL_MILLIS);
        }
        return isUp();
    }

    @Override
    public Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            transport.forget(this);
            lanes.forEach(Lane::close);
            failWaiting();
        }
    }

    private void submit(Batch submitted, boolean write, Duration timeout) {
        if (!(submitted instanceof TcpBatch batch)) {
            throw new IllegalArgumentException("the batch is of another transport");
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        long run = batch.start(this, write, chunkBytes(batch.bytes()));
        int requests = batch.requestCount();
        if (requests == 0) {
            return;
        }
        if (!queue.offer(batch)) {
            for (int i = 0; i < requests; i++) {
                batch.request(i).fail(Outcome.OVERLOADED, "too many requests wait for the peer");
            }
            return;
        }
        setGoing(requests).expire(batch, run, deadline);
        // SYNC POINT: after the offer. Whoever closes the last way, or ends the batch, looks into
        // the queue after having said so; one of both sees the other.
        if (closed.get() || hopeful.get() == 0) {
            failWaiting();
        }
        if (batch.early() != null) {
            dropEnding();
        }
    }

    /** Small enough for every lane to get a share, large enough to be worth a frame. */
    private int chunkBytes(long bytes) {
        long share = (bytes + lanes.size() - 1) / lanes.size();
        long rounded = (share + 4095) & -4096;
        long least = Math.min(CHUNK_BYTES_MIN, settings.requests().chunkBytes());
        return (int) Math.clamp(rounded, least, settings.requests().chunkBytes());
    }

    /**
     * Sets as many lanes going as there is work for; the thread of one of them minds the deadline.
     */
    private IoLoop setGoing(int requests) {
        int first = turn.getAndIncrement();
        int left = requests;
        IoLoop home = null;
        for (int i = 0; i < lanes.size() && left > 0; i++) {
            Lane lane = lanes.get(Math.floorMod(first + i, lanes.size()));
            if (lane.isReady()) {
                lane.hurry();
                left--;
                home = home == null ? lane.loop() : home;
            }
        }
        return home == null ? lanes.getFirst().loop() : home;
    }

    /** The next request for a lane, or null. */
    Request next() {
        Request request = queue.poll();
        while (request != null && request.batch().early() != null) {
            request.failEnding();
            request = queue.poll();
        }
        return request;
    }

    /** All lanes may break at once, each after it took over from another. */
    int retries() {
        return lanes.size();
    }

    /** The same for a thread that may send requests but no payload. */
    Request nextRead() {
        Request request = queue.pollRead();
        while (request != null && request.batch().early() != null) {
            request.failEnding();
            request = queue.pollRead();
        }
        return request;
    }

    /** How much of the queue one lane should take, so that the others get theirs. */
    int share() {
        int lanesReady = Math.max(1, ready.get());
        return (queue.size() + lanesReady - 1) / lanesReady;
    }

    /** A lane broke under it: another one may try. True when it will. */
    boolean retryOrFail(Request request, String why) {
        if (request.batch().early() != null) {
            request.failEnding();
        } else if (closed.get()) {
            request.fail(Outcome.CLOSED, why);
        } else if (request.mayRetry()) {
            queue.putBack(request);
            dropEnding();
            return true;
        } else {
            request.fail(Outcome.PEER_LOST, why);
        }
        return false;
    }

    /** Some batch is ending: nobody may hold anything of it. */
    void sweep() {
        dropEnding();
        lanes.forEach(Lane::sweep);
    }

    void becameReady() {
        ready.incrementAndGet();
    }

    void noLongerReady() {
        ready.decrementAndGet();
    }

    void hopes() {
        hopeful.incrementAndGet();
    }

    void despairs() {
        if (hopeful.decrementAndGet() == 0) {
            failWaiting();
        }
    }

    void trouble(String what) {
        trouble = what;
    }

    /** For the reason of a batch that failed. */
    String condition() {
        String last = trouble;
        return "lanes up: "
                + ready.get()
                + " of "
                + lanes.size()
                + (last == null ? "" : "; last trouble: " + last);
    }

    boolean isClosed() {
        return closed.get();
    }

    Token token() {
        return token;
    }

    /** Lets the other lanes know that there is work again; the caller holds the lock of one. */
    void nudgeOthers() {
        for (Lane lane : lanes) {
            if (lane.isReady()) {
                lane.nudge();
            }
        }
    }

    private void failWaiting() {
        Outcome outcome = closed.get() ? Outcome.CLOSED : Outcome.UNREACHABLE;
        String why = closed.get() ? "the link is closed" : "no way to the peer; " + condition();
        for (Request request = next(); request != null; request = next()) {
            request.fail(outcome, why);
        }
    }

    private void dropEnding() {
        for (Request request : queue.takeEnding()) {
            request.failEnding();
        }
    }
}
