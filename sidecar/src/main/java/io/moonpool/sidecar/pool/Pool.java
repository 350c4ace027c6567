// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.protobuf.ByteString;
import io.moonpool.pool.client.DirectoryLink;
import io.moonpool.pool.client.PeerCalls;
import io.moonpool.pool.discovery.Discoveries;
import io.moonpool.pool.discovery.Discovery;
import io.moonpool.pool.discovery.Registration;
import io.moonpool.pool.settings.ConfigException;
import io.moonpool.proto.v1.MemberInfo;
import io.moonpool.proto.v1.MemberPlace;
import io.moonpool.sidecar.config.HttpAddress;
import io.moonpool.sidecar.config.PoolConfig;
import io.moonpool.sidecar.config.PoolSettings;
import io.moonpool.sidecar.control.PoolOffer;
import io.moonpool.sidecar.lifecycle.CloseStack;
import io.moonpool.sidecar.store.PoolAccess;
import io.moonpool.sidecar.store.PoolPort;
import io.moonpool.sidecar.store.StoreControl;
import io.moonpool.transfer.spi.Access;
import io.moonpool.transfer.spi.LocalSegment;
import io.moonpool.transfer.spi.PeerAddress;
import io.moonpool.transfer.spi.Token;
import io.moonpool.transfer.spi.TransportListener;
import io.moonpool.transfer.tcp.TcpSettings;
import io.moonpool.transfer.tcp.TcpTransport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pool's member in this process: at rest until a master is named, by the sidecar's own
 * configuration or by the first engine that names one. {@link #port} is there before the store is.
 */
public final class Pool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Pool.class);

    /** A peer that owes us bytes and sends none for so long has stopped. */
    private static final Duration SILENCE = Duration.ofMillis(150);

    private static final Duration CONNECT = Duration.ofMillis(500);
    private static final Duration REGISTRATION_LIFE = Duration.ofSeconds(30);
    private static final Duration ALIVE = Duration.ofSeconds(5);

    private final PoolMember member = new PoolMember();
    private final GivenMemory given;
    private final FetchMetrics fetches = new FetchMetrics();
    private final CloseStack parts = new CloseStack();
    private final long arenaBytes;
    private final int arenas;
    private final Path dataDir;
    private PoolAccess store;
    private StoreControl control;
    private PoolConfig config;
    private String origin;
    private volatile boolean configured;
    private boolean closed;

    /** {@code arenas}: how many the store has; {@code arenaBytes}: all together. */
    public Pool(int arenas, long arenaBytes, Path dataDir) {
        this.arenas = arenas;
        this.arenaBytes = arenaBytes;
        this.dataDir = dataDir;
        this.given = new GivenMemory(arenaBytes);
    }

    /** What the store talks to. */
    public PoolPort port() {
        return member;
    }

    /** How its fetches from other members go. */
    public FetchMetrics fetches() {
        return fetches;
    }

    /** The store that it speaks for. */
    public synchronized void connect(PoolAccess access, StoreControl storeControl) {
        store = access;
        control = storeControl;
    }

    /**
     * Joins a pool: returns when other members can read from this one, and it from them; the
     * directory is joined when it answers.
     */
    public void start(PoolConfig chosen, String chosenBy) throws ConfigException {
        configured = true;
        given.fix(chosen.segmentBytes());
        // Not under the lock: engines that attach meanwhile do not wait for it.
        open(chosen, chosenBy).run();
    }

    /** Returns what is left to do until lookups may wait for other members. */
    private synchronized Runnable open(PoolConfig chosen, String chosenBy) throws ConfigException {
        config = chosen;
        origin = chosenBy;
        try {
            return startParts();
        } catch (ConfigException | RuntimeException e) {
            parts.close();
            config = null;
            throw e;
        }
    }

    /**
     * What an engine says of the pool: taken over by a sidecar that knows of none. Returns lines
     * for the engine's log.
     */
    public synchronized List<String> offer(PoolOffer.Told told, LongPredicate attached) {
        if (told.settings().isEmpty() || closed) {
            return List.of();
        }
        String toldBy = told.origin();
        try {
            Optional<PoolConfig> offered = PoolSettings.read(told.settings(), toldBy, arenaBytes);
            if (offered.isEmpty()) {
                return List.of();
            }
            if (told.worker() && !configured) {
                given.add(told.session(), offered.get().segmentBytes(), attached);
            }
            if (config == null) {
                config = offered.get();
                origin = toldBy;
                // The engine that attaches does not wait for it.
                Thread.ofVirtual()
                        .name("pool-start")
                        .start(() -> startOffered(offered.get(), toldBy));
                return List.of();
            }
            return config.differences(offered.get()).stream()
                    .map(difference ->
                            "%s: this host's pool was configured by %s; %s is not followed"
                                    .formatted(difference, origin, toldBy))
                    .toList();
        } catch (ConfigException e) {
            return List.of("the sidecar joins no pool: " + e.getMessage());
        }
    }

    private void startOffered(PoolConfig offered, String toldBy) {
        try {
            open(offered, toldBy).run();
        } catch (ConfigException e) {
            LOG.warn("the pool that {} names is not joined: {}", toldBy, e.getMessage());
        }
    }

    private Runnable startParts() throws ConfigException {
        if (closed) {
            return () -> {};
        }
        warnOfRdma();
        hostDirectory();
        OwnAddress own = OwnAddress.of(config);
        TcpTransport transport = parts.push("transfer", startTransport(own));
        List<LocalSegment> segments = register(transport);
        PeerLinks links = parts.push("peer links", new PeerLinks(transport, segments));
        PeerCalls calls = parts.push("peer calls", new PeerCalls());
        DirectoryLink directory = new DirectoryLink(config.masters(), member);
        GroupFetch.Surroundings around =
                new GroupFetch.Surroundings(
                        store, calls, links, new Complaints(directory, fetches), fetches);
        Bringer bringer = parts.push("bringer", new Bringer(directory, around));
        PeerAddress address =
                new PeerAddress(
                        transport.address().token(), own.endpoints(transport.boundAddresses()));
        PeerServer server = serve(around, address, own);
        MemberInfo self = describe(own, server, address);
        Relocation relocation = new Relocation(directory, calls, placeOf(self), config.preferred());
        RemovalRecord removals = new RemovalRecord(dataDir);
        OrderDesk desk = parts.push("orders", new OrderDesk(store, relocation, removals::done));
        Placer placer = parts.push("placer", new Placer(store, control, relocation, given));
        register(self);
        member.begin(config, given, store, control, self);
        member.obeyWith(desk, removals);
        parts.push("directory link", directory).start();
        desk.start();
        placer.start();
        LOG.info(
                "serving other members at {} and {}",
                own.endpoint(server.port()),
                address.endpoints());
        WarmUp warmUp = new WarmUp(config.warmUp());
        return () -> {
            warmUp.member(calls, self.getPeerEndpoint(), transport, address);
            warmUp.directory(directory);
            member.bringWith(bringer);
        };
    }

    /** In the metadata server, as Mooncake's members are; nothing here depends on it. */
    private void register(MemberInfo self) {
        Discovery discovery =
                Discoveries.open(config.metadataServer(), System.getenv(), Discoveries.DEADLINE);
        parts.push("discovery", discovery);
        parts.push(
                "registration",
                Registration.keep(
                        discovery,
                        "moonpool/member/" + HexFormat.of().formatHex(self.getId().toByteArray()),
                        MemberJson.write(self),
                        REGISTRATION_LIFE));
    }

    private void hostDirectory() throws ConfigException {
        if (config.embeddedMaster().isPresent()) {
            EmbeddedDirectory directory =
                    parts.push(
                            "embedded directory",
                            EmbeddedDirectory.start(config.embeddedMaster().get(), dataDir));
            config = config.withMasters(List.of(directory.address()));
            LOG.info("hosting the pool's directory at {}", directory.address());
        }
    }

    private static MemberPlace placeOf(MemberInfo self) {
        return MemberPlace.newBuilder()
                .setId(self.getId())
                .setName(self.getName())
                .setPeerEndpoint(self.getPeerEndpoint())
                .addAllTransferEndpoints(self.getTransferEndpointsList())
                .build();
    }

    private void warnOfRdma() {
        if (config.protocol() == PoolConfig.Protocol.RDMA) {
            LOG.warn("protocol: rdma is not available on this host; moving blocks by tcp");
        }
    }

    private TcpTransport startTransport(OwnAddress own) throws ConfigException {
        byte[] token = new byte[Token.BYTES];
        new SecureRandom().nextBytes(token);
        int port = config.transferListen().map(HttpAddress::port).orElse(0);
        TcpSettings settings =
                TcpSettings.of(Token.of(token))
                        .listeningOn(own.listen(port).toArray(new InetSocketAddress[0]))
                        .connectingFrom(own.lines())
                        .withPatience(CONNECT, SILENCE, ALIVE);
        try {
            return TcpTransport.start(settings, TransportListener.NONE);
        } catch (IOException e) {
            throw new ConfigException(
                    "transfer-listen: %s port %d can't be listened on (%s); name a free address"
                            .formatted(own.bind().getHostAddress(), port, e.getMessage()));
        }
    }

    private List<LocalSegment> register(TcpTransport transport) {
        List<LocalSegment> segments = new ArrayList<>();
        for (int arena = 0; arena < arenas; arena++) {
            segments.add(
                    transport.register(
                            PeerService.segment(arena), store.arena(arena), Access.READ));
        }
        return segments;
    }

    private PeerServer serve(GroupFetch.Surroundings around, PeerAddress address, OwnAddress own)
            throws ConfigException {
        ExecutorService executor =
                parts.push("peer executor", Executors.newVirtualThreadPerTaskExecutor());
        PeerService service = new PeerService(store, address, new Taker(store, around), executor);
        int port = config.transferListen().map(listen -> listen.port() + 1).orElse(0);
        return parts.push(
                "peer server", PeerServer.start(new InetSocketAddress(own.bind(), port), service));
    }

    private MemberInfo describe(OwnAddress own, PeerServer server, PeerAddress address)
            throws ConfigException {
        try {
            return MemberInfo.newBuilder()
                    .setId(ByteString.copyFrom(MemberIdentity.in(dataDir).id()))
                    .setName(config.localHostname().orElse(own.endpoint(server.port())))
                    .setPeerEndpoint(own.endpoint(server.port()))
                    .addAllTransferEndpoints(address.endpoints())
                    .setProtocol(TcpTransport.NAME)
                    .setCapacityBytes(given.bytes())
                    .setBoot(System.currentTimeMillis())
                    .build();
        } catch (IOException e) {
            throw new ConfigException("data-dir: " + e.getMessage());
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        parts.close();
    }
}
