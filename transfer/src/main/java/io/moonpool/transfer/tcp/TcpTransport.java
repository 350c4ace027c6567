// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.Access;
import io.moonpool.transfer.spi.Batch;
import io.moonpool.transfer.spi.Capability;
import io.moonpool.transfer.spi.CompletionQueue;
import io.moonpool.transfer.spi.DeviceCounters;
import io.moonpool.transfer.spi.EndCause;
import io.moonpool.transfer.spi.LocalSegment;
import io.moonpool.transfer.spi.PeerAddress;
import io.moonpool.transfer.spi.PeerLink;
import io.moonpool.transfer.spi.Transport;
import io.moonpool.transfer.spi.TransportListener;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The transport over TCP: its threads, listeners, guests, links and segments. */
public final class TcpTransport implements Transport {
    public static final String NAME = "tcp";

    private final TcpSettings settings;
    private final TransportListener listener;
    private final SegmentTable segments = new SegmentTable();
    private final Map<String, Traffic> traffic = new ConcurrentHashMap<>();
    private final Set<TcpPeer> peers = ConcurrentHashMap.newKeySet();
    private final AtomicInteger guests = new AtomicInteger();
    private final AtomicInteger turn = new AtomicInteger();
    private final List<IoLoop> loops = new ArrayList<>();
    private final List<Acceptor> acceptors = new ArrayList<>();
    private volatile boolean closed;

    private TcpTransport(TcpSettings settings, TransportListener listener) {
        this.settings = settings;
        this.listener = listener;
    }

    /** Listens when it returns. */
    public static TcpTransport start(TcpSettings settings, TransportListener listener)
            throws IOException {
        TcpTransport transport = new TcpTransport(settings, listener);
        try {
            transport.open();
        } catch (IOException e) {
            transport.close();
            throw e;
        }
        return transport;
    }

    private void open() throws IOException {
        for (int i = 0; i < settings.ioThreads(); i++) {
            IoLoop loop = new IoLoop("moonpool-transfer-" + i, settings);
            loops.add(loop);
            loop.start();
        }
        for (InetSocketAddress wanted : settings.listen()) {
            acceptors.add(new Acceptor(this, nextLoop(), wanted));
        }
        acceptors.forEach(Acceptor::start);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.NEEDS_REMOTE_CPU, Capability.STRIPES);
    }

    @Override
    public PeerAddress address() {
        return new PeerAddress(
                settings.token(), boundAddresses().stream().map(Endpoints::format).toList());
    }

    /** Where this transport accepts connections, with the ports that it got. */
    public List<InetSocketAddress> boundAddresses() {
        return acceptors.stream().map(Acceptor::address).toList();
    }

    @Override
    public LocalSegment register(String name, MemorySegment memory, Access access) {
        requireOpen();
        TcpBatch.encode(name);
        if (!memory.isNative() || !memory.isAccessibleBy(loops.getFirst().thread())) {
            throw new IllegalArgumentException(
                    "the memory must be native and usable by every thread: map it with a shared"
                            + " arena: segment="
                            + name);
        }
        if (access.allowsWrite() && memory.isReadOnly()) {
            throw new IllegalArgumentException(
                    "read-only memory can't be offered for writing: segment=" + name);
        }
        TcpSegment segment = new TcpSegment(this, name, memory, access);
        segments.add(segment);
        return segment;
    }

    @Override
    public PeerLink connect(PeerAddress peer) throws IOException {
        requireOpen();
        List<InetSocketAddress> endpoints = Endpoints.resolve(peer.endpoints());
        TcpPeer link = new TcpPeer(this, peer.token(), endpoints);
        peers.add(link);
        link.start();
        if (closed) {
            link.close();
        }
        return link;
    }

    @Override
    public Batch newBatch(int piecesMax, CompletionQueue completions) {
        return new TcpBatch(this, piecesMax, completions);
    }

    @Override
    public List<DeviceCounters> counters() {
        return traffic.entrySet().stream()
                .map(entry -> entry.getValue().snapshot(NAME, entry.getKey()))
                .sorted(Comparator.comparing(DeviceCounters::device))
                .toList();
    }

    @Override
    public void close() {
        closed = true;
        acceptors.forEach(Acceptor::close);
        List.copyOf(peers).forEach(TcpPeer::close);
        loops.forEach(IoLoop::end);
        loops.forEach(IoLoop::join);
        segments.all().forEach(TcpSegment::close);
    }

    TcpSettings settings() {
        return settings;
    }

    SegmentTable segments() {
        return segments;
    }

    boolean isClosed() {
        return closed;
    }

    IoLoop nextLoop() {
        return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
    }

    /** Counters of the local address that a connection uses. */
    Traffic traffic(SocketAddress local) {
        String device =
                local instanceof InetSocketAddress address
                        ? address.getAddress().getHostAddress()
                        : String.valueOf(local);
        return traffic.computeIfAbsent(device, key -> new Traffic());
    }

    /** A guest at the door. */
    void admit(SocketChannel channel) {
        String guest = describe(channel);
        if (closed || guests.incrementAndGet() > settings.connections().connectionsMax()) {
            guests.decrementAndGet();
            Sockets.close(channel);
            tell(
                    guest,
                    EndCause.TOO_MANY_CONNECTIONS,
                    "connectionsMax=" + settings.connections().connectionsMax());
            return;
        }
        try {
            Sockets.prepare(channel, settings);
            IoLoop loop = nextLoop();
            ServerConnection connection = new ServerConnection(this, loop, channel, guest);
            loop.post(connection::start);
        } catch (IOException e) {
            guests.decrementAndGet();
            Sockets.close(channel);
            tell(guest, EndCause.LOST, e.getMessage());
        }
    }

    void left(ServerConnection guest) {
        guests.decrementAndGet();
    }

    void forget(TcpPeer peer) {
        peers.remove(peer);
    }

    void forget(TcpSegment segment) {
        segments.remove(segment);
        for (IoLoop loop : loops) {
            loop.post(() -> loop.vector().forgetViews());
        }
    }

    /** A listener that fails harms no connection. */
    void tell(String who, EndCause cause, String detail) {
        try {
            listener.connectionEnded(who, cause, detail);
        } catch (RuntimeException e) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the transport is closed");
        }
    }

    private static String describe(SocketChannel channel) {
        try {
            return String.valueOf(channel.getRemoteAddress());
        } catch (IOException e) {
            return "a guest that left";
        }
    }
}
