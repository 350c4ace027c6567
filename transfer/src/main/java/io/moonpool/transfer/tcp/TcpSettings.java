// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.Token;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * How a TCP transport behaves. Begin with {@link #of} and change what differs.
 *
 * @param token what whoever connects to us must present
 * @param listen where we accept; empty for a process that only connects
 * @param locals where our connections come from; several are used in turn, none leaves it to the
 *     routing table
 * @param ioThreads threads with a selector each; connections are spread over them
 * @param lanes connections to each peer, at least one for each endpoint and local address
 */
public record TcpSettings(
        Token token,
        List<InetSocketAddress> listen,
        List<InetAddress> locals,
        int ioThreads,
        int lanes,
        Requests requests,
        Connections connections,
        Patience patience,
        GuestPatience guestPatience) {

    /**
     * What is asked for at once, and how far ahead.
     *
     * @param chunkBytes payload of a request, for a batch large enough to keep all lanes busy
     * @param inFlightBytes payload that is asked for ahead on one lane
     * @param requestsMax waiting for one peer
     */
    public record Requests(int chunkBytes, int inFlightBytes, int requestsMax) {
        public Requests {
            requireWithin("chunkBytes", chunkBytes, 4096, Wire.PAYLOAD_MAX);
            requireWithin("inFlightBytes", inFlightBytes, 4096, 1 << 30);
            requireWithin("requestsMax", requestsMax, 1, 1 << 20);
        }
    }

    /**
     * What the kernel holds for a connection, and how many connections there may be.
     *
     * @param socketBufferBytes of each direction; 0 leaves the size to the kernel
     * @param connectionsMax that we accept at once
     */
    public record Connections(int socketBufferBytes, int connectionsMax) {
        public Connections {
            requireWithin("socketBufferBytes", socketBufferBytes, 0, 1 << 30);
            requireWithin("connectionsMax", connectionsMax, 1, 1 << 20);
        }
    }

    /**
     * How long we wait for others when we asked.
     *
     * @param connectTimeout for the connection and the handshake together
     * @param silenceTimeout after which a lane that owes us answers is given up
     * @param keepAlive after which an idle lane asks for a sign of life
     */
    public record Patience(Duration connectTimeout, Duration silenceTimeout, Duration keepAlive) {
        public Patience {
            requirePositive("connectTimeout", connectTimeout);
            requirePositive("silenceTimeout", silenceTimeout);
            requirePositive("keepAlive", keepAlive);
        }
    }

    /**
     * How long those who connected to us may stall, or say nothing.
     *
     * @param stallTimeout for a peer to finish a frame it began, or to take answers
     * @param idleTimeout after which a connection that sends nothing at all is closed
     */
    public record GuestPatience(Duration stallTimeout, Duration idleTimeout) {
        public GuestPatience {
            requirePositive("stallTimeout", stallTimeout);
            requirePositive("idleTimeout", idleTimeout);
        }
    }

    public TcpSettings {
        listen = List.copyOf(listen);
        locals = List.copyOf(locals);
        requireWithin("ioThreads", ioThreads, 1, 64);
        requireWithin("lanes", lanes, 1, 64);
    }

    public static TcpSettings of(Token token) {
        return new TcpSettings(
                token,
                List.of(),
                List.of(),
                2,
                2,
                new Requests(1 << 20, 4 << 20, 16_384),
                new Connections(0, 1024),
                new Patience(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(5)),
                new GuestPatience(Duration.ofSeconds(10), Duration.ofSeconds(30)));
    }

    public TcpSettings listeningOn(InetSocketAddress... addresses) {
        return with(List.of(addresses), locals, ioThreads, lanes);
    }

    public TcpSettings connectingFrom(List<InetAddress> addresses) {
        return with(listen, addresses, ioThreads, lanes);
    }

    public TcpSettings withIoThreads(int threads) {
        return with(listen, locals, threads, lanes);
    }

    public TcpSettings withLanes(int count) {
        return with(listen, locals, ioThreads, count);
    }

    private TcpSettings with(
            List<InetSocketAddress> newListen,
            List<InetAddress> newLocals,
            int newIoThreads,
            int newLanes) {
        return new TcpSettings(
                token,
                newListen,
                newLocals,
                newIoThreads,
                newLanes,
                requests,
                connections,
                patience,
                guestPatience);
    }

    public TcpSettings withRequests(int chunk, int inFlight, int waiting) {
        return with(new Requests(chunk, inFlight, waiting), connections, patience, guestPatience);
    }

    public TcpSettings withSockets(int bufferBytes, int accepted) {
        return with(requests, new Connections(bufferBytes, accepted), patience, guestPatience);
    }

    public TcpSettings withPatience(Duration connect, Duration silence, Duration alive) {
        return with(requests, connections, new Patience(connect, silence, alive), guestPatience);
    }

    public TcpSettings withGuestPatience(Duration stall, Duration idle) {
        return with(requests, connections, patience, new GuestPatience(stall, idle));
    }

    private TcpSettings with(
            Requests newRequests,
            Connections newConnections,
            Patience newPatience,
            GuestPatience newGuestPatience) {
        return new TcpSettings(
                token,
                listen,
                locals,
                ioThreads,
                lanes,
                newRequests,
                newConnections,
                newPatience,
                newGuestPatience);
    }

    private static void requireWithin(String field, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    field + " must be from " + least + " to " + most + ": " + field + "=" + value);
        }
    }

    private static void requirePositive(String field, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(field + " must be positive: " + field + "=" + value);
        }
    }
}
