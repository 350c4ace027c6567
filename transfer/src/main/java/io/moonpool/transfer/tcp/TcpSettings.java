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
 * @param chunkBytes payload of a request, for a batch large enough to keep all lanes busy
 * @param inFlightBytes payload that is asked for ahead on one lane
 * @param socketBufferBytes of each direction; 0 leaves the size to the kernel
 * @param connectTimeout for the connection and the handshake together
 * @param silenceTimeout after which a lane that owes us answers is given up
 * @param keepAlive after which an idle lane asks for a sign of life
 * @param stallTimeout for a peer to finish a frame it began, or to take answers
 * @param idleTimeout after which a connection that sends nothing at all is closed
 * @param connectionsMax that we accept at once
 * @param requestsMax waiting for one peer
 */
public record TcpSettings(
        Token token,
        List<InetSocketAddress> listen,
        List<InetAddress> locals,
        int ioThreads,
        int lanes,
        int chunkBytes,
        int inFlightBytes,
        int socketBufferBytes,
        Duration connectTimeout,
        Duration silenceTimeout,
        Duration keepAlive,
        Duration stallTimeout,
        Duration idleTimeout,
        int connectionsMax,
        int requestsMax) {

    public TcpSettings {
        listen = List.copyOf(listen);
        locals = List.copyOf(locals);
        requireWithin("ioThreads", ioThreads, 1, 64);
        requireWithin("lanes", lanes, 1, 64);
        requireWithin("chunkBytes", chunkBytes, 4096, Wire.PAYLOAD_MAX);
        requireWithin("inFlightBytes", inFlightBytes, 4096, 1 << 30);
        requireWithin("socketBufferBytes", socketBufferBytes, 0, 1 << 30);
        requireWithin("connectionsMax", connectionsMax, 1, 1 << 20);
        requireWithin("requestsMax", requestsMax, 1, 1 << 20);
        requirePositive("connectTimeout", connectTimeout);
        requirePositive("silenceTimeout", silenceTimeout);
        requirePositive("keepAlive", keepAlive);
        requirePositive("stallTimeout", stallTimeout);
        requirePositive("idleTimeout", idleTimeout);
    }

    public static TcpSettings of(Token token) {
        return new TcpSettings(
                token,
                List.of(),
                List.of(),
                2,
                2,
                1 << 20,
                4 << 20,
                0,
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                1024,
                16_384);
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

    public TcpSettings withLanes(int connections) {
        return with(listen, locals, ioThreads, connections);
    }

    /** What is asked for at once, and how far ahead. */
    public TcpSettings withRequests(int chunk, int inFlight, int waiting) {
        return new TcpSettings(
                token,
                listen,
                locals,
                ioThreads,
                lanes,
                chunk,
                inFlight,
                socketBufferBytes,
                connectTimeout,
                silenceTimeout,
                keepAlive,
                stallTimeout,
                idleTimeout,
                connectionsMax,
                waiting);
    }

    /** What the kernel holds for a connection, and how many connections there may be. */
    public TcpSettings withSockets(int bufferBytes, int accepted) {
        return new TcpSettings(
                token,
                listen,
                locals,
                ioThreads,
                lanes,
                chunkBytes,
                inFlightBytes,
                bufferBytes,
                connectTimeout,
                silenceTimeout,
                keepAlive,
                stallTimeout,
                idleTimeout,
                accepted,
                requestsMax);
    }

    /** How long we wait for others when we asked: for a connection, an answer, a sign of life. */
    public TcpSettings withPatience(Duration connect, Duration silence, Duration alive) {
        return new TcpSettings(
                token,
                listen,
                locals,
                ioThreads,
                lanes,
                chunkBytes,
                inFlightBytes,
                socketBufferBytes,
                connect,
                silence,
                alive,
                stallTimeout,
                idleTimeout,
                connectionsMax,
                requestsMax);
    }

    /** How long those who connected to us may stall, or say nothing. */
    public TcpSettings withGuestPatience(Duration stall, Duration idle) {
        return new TcpSettings(
                token,
                listen,
                locals,
                ioThreads,
                lanes,
                chunkBytes,
                inFlightBytes,
                socketBufferBytes,
                connectTimeout,
                silenceTimeout,
                keepAlive,
                stall,
                idle,
                connectionsMax,
                requestsMax);
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
                chunkBytes,
                inFlightBytes,
                socketBufferBytes,
                connectTimeout,
                silenceTimeout,
                keepAlive,
                stallTimeout,
                idleTimeout,
                connectionsMax,
                requestsMax);
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
