// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.moonpool.proto.v1.AdminGrpc;
import io.moonpool.proto.v1.ArenaStatus;
import io.moonpool.proto.v1.NamespaceStatus;
import io.moonpool.proto.v1.Role;
import io.moonpool.proto.v1.SessionStatus;
import io.moonpool.proto.v1.StatusReply;
import io.moonpool.proto.v1.StatusRequest;
import io.moonpool.sidecar.Version;
import io.moonpool.sidecar.store.StoreControl;
import io.moonpool.sidecar.store.StoreMetrics;
import io.moonpool.sidecar.store.StoreSnapshot;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Shows the sidecar's user, and nobody else, what is going on. */
final class AdminService extends AdminGrpc.AdminImplBase {
    private static final long STORE_DEADLINE_S = 5;

    private final long startedNs = System.nanoTime();
    private final StoreControl store;
    private final StoreMetrics metrics;
    private final SessionBook book;
    private final int ownUid;
    private final Executor executor;

    AdminService(
            StoreControl store,
            StoreMetrics metrics,
            SessionBook book,
            int ownUid,
            Executor executor) {
        this.store = store;
        this.metrics = metrics;
        this.book = book;
        this.ownUid = ownUid;
        this.executor = executor;
    }

    @Override
    public void status(StatusRequest request, StreamObserver<StatusReply> observer) {
        try {
            checkPeer(Peer.current());
        } catch (RuntimeException e) {
            observer.onError(Refusals.of(e));
            return;
        }
        store.snapshot()
                .orTimeout(STORE_DEADLINE_S, TimeUnit.SECONDS)
                .whenCompleteAsync(
                        (snapshot, failure) -> {
                            if (failure != null) {
                                observer.onError(Refusals.of(failure));
                            } else {
                                observer.onNext(reply(snapshot));
                                observer.onCompleted();
                            }
                        },
                        executor);
    }

    private void checkPeer(Peer peer) {
        if (peer.uid() != ownUid && peer.uid() != 0) {
            throw Refusals.denied(
                    "uid %s may not see the status of this sidecar; ask as uid %s or root"
                            .formatted(
                                    Integer.toUnsignedString(peer.uid()),
                                    Integer.toUnsignedString(ownUid)));
        }
    }

    private StatusReply reply(StoreSnapshot snapshot) {
        StatusReply.Builder reply =
                StatusReply.newBuilder()
                        .setVersion(Version.string())
                        .setBootId(ByteString.copyFrom(snapshot.bootId()))
                        .setBootCount(snapshot.bootCount())
                        .setUptimeMs(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNs));
        snapshot.arenas().forEach(arena -> reply.addArenas(arena(arena)));
        snapshot.sessions().forEach(session -> reply.addSessions(session(session)));
        snapshot.namespaces().forEach(namespace -> reply.addNamespaces(namespace(namespace)));
        metrics.all().forEach((count, value) -> reply.putCounters(count.exportName(), value));
        return reply.build();
    }

    private static ArenaStatus arena(StoreSnapshot.ArenaSnapshot arena) {
        return ArenaStatus.newBuilder()
                .setTenant(arena.tenant())
                .setPath(arena.path().toString())
                .setBytes(arena.bytes())
                .setSlabBytes(arena.slabBytes())
                .setUsedBytes(arena.usedBytes())
                .setPinnedBytes(arena.pinnedBytes())
                .setReservedBytes(arena.reservedBytes())
                .setQuarantinedBytes(arena.quarantinedBytes())
                .setObjects(arena.objects())
                .build();
    }

    private SessionStatus session(StoreSnapshot.SessionSnapshot session) {
        Role role =
                switch (session.role()) {
                    case SCHEDULER -> Role.ROLE_SCHEDULER;
                    case WORKER -> Role.ROLE_WORKER;
                };
        return SessionStatus.newBuilder()
                .setSessionId(session.sessionId())
                .setEngineId(session.engineId())
                .setEngineIndex(session.engineIndex())
                .setRole(role)
                .setPid(session.pid())
                .setTenant(session.tenant())
                .setLeases(session.leases())
                .setIntents(session.intents())
                .setAlive(book.active(session.sessionId()).isPresent())
                .build();
    }

    private static NamespaceStatus namespace(StoreSnapshot.NamespaceSnapshot namespace) {
        return NamespaceStatus.newBuilder()
                .setDigest(ByteString.copyFrom(namespace.digest()))
                .setLabel(namespace.label())
                .setEpoch(namespace.epoch())
                .setObjects(namespace.objects())
                .setTenant(namespace.tenant())
                .build();
    }
}
