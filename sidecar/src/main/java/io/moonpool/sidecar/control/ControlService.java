// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.moonpool.pool.log.LogLimiter;
import io.moonpool.proto.v1.AttachReply;
import io.moonpool.proto.v1.AttachRequest;
import io.moonpool.proto.v1.ControlGrpc;
import io.moonpool.proto.v1.DetachReply;
import io.moonpool.proto.v1.DetachRequest;
import io.moonpool.proto.v1.WatchEvent;
import io.moonpool.proto.v1.WatchRequest;
import io.moonpool.sidecar.store.EndReason;
import io.moonpool.sidecar.store.SessionGrant;
import io.moonpool.sidecar.store.SessionRequest;
import io.moonpool.sidecar.store.SessionRole;
import io.moonpool.sidecar.store.StoreControl;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attach, Watch, Detach. Runs on the server's event loop and never waits: what takes time is the
 * store's, and its answers are taken up on {@code executor}.
 */
final class ControlService extends ControlGrpc.ControlImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(ControlService.class);
    private static final int LINES_PER_MINUTE_MAX = 30;
    private static final long STORE_DEADLINE_S = 5;

    private final LogLimiter refusals = new LogLimiter(LINES_PER_MINUTE_MAX);
    private final LogLimiter arrivals = new LogLimiter(LINES_PER_MINUTE_MAX);
    private final StoreControl store;
    private final SessionBook book;
    private final WatchStreams streams;
    private final TenantGate gate;
    private final String descriptorSocket;
    private final PoolOffer pool;
    private final Executor executor;
    private volatile boolean closing;

    ControlService(
            StoreControl store,
            SessionBook book,
            WatchStreams streams,
            TenantGate gate,
            String descriptorSocket,
            PoolOffer pool,
            Executor executor) {
        this.pool = pool;
        this.store = store;
        this.book = book;
        this.streams = streams;
        this.gate = gate;
        this.descriptorSocket = descriptorSocket;
        this.executor = executor;
    }

    @Override
    public void attach(AttachRequest request, StreamObserver<AttachReply> observer) {
        answer(observer, peer -> open(peer, request, observer));
    }

    private void open(Peer peer, AttachRequest request, StreamObserver<AttachReply> observer) {
        AttachReader.checkVersion(request.getProtocol());
        SessionRequest session =
                AttachReader.read(request, gate.admit(peer.uid(), request.getTenant()));
        checkPrevious(peer, session);
        store.open(session)
                .orTimeout(STORE_DEADLINE_S, TimeUnit.SECONDS)
                .whenCompleteAsync(
                        (grant, failure) -> {
                            if (failure != null) {
                                refuse(observer, failure);
                            } else {
                                complete(observer, granted(peer, request, session, grant));
                            }
                        },
                        executor);
    }

    /**
     * A process may only take over from itself, and uid and engine are what can be checked of that;
     * and only from a session that is active, see {@link SessionBook#remove}.
     */
    private void checkPrevious(Peer peer, SessionRequest session) {
        long previousId = session.previousSessionId();
        book.find(previousId)
                .filter(previous ->
                        previous.uid() != peer.uid()
                                || !previous.engineId().equals(session.engineId())
                                || book.active(previousId).isEmpty())
                .ifPresent(previous -> {
                    throw Refusals.denied(
                            "previous_session_id: that session is another engine's, or not"
                                    + " active yet; attach without it");
                });
    }

    private AttachReply granted(
            Peer peer, AttachRequest request, SessionRequest session, SessionGrant grant) {
        byte[] ticket =
                book.open(
                        new AttachedSession(
                                grant.sessionId(),
                                peer.uid(),
                                session.engineId(),
                                session.role(),
                                session.pid(),
                                session.previousSessionId(),
                                grant.sessionFile(),
                                grant.files()));
        arrivals.log(suppressed ->
                LOG.atInfo()
                        .addKeyValue("session", grant.sessionId())
                        .addKeyValue("engine", session.engineId())
                        .addKeyValue("role", session.role())
                        .addKeyValue("rank", session.rank())
                        .addKeyValue("pid", Integer.toUnsignedString(session.pid()))
                        .addKeyValue("uid", Integer.toUnsignedString(peer.uid()))
                        .addKeyValue("tenant", session.tenant())
                        .addKeyValue("namespace", session.namespace().label())
                        .addKeyValue("client", request.getClient())
                        .addKeyValue("warnings", grant.warnings().size())
                        .addKeyValue("suppressed", suppressed)
                        .log("attaching"));
        return AttachWriter.write(grant, ticket, descriptorSocket).toBuilder()
                .addAllWarnings(offerPool(request, session.role(), grant.sessionId()))
                .build();
    }

    private List<String> offerPool(AttachRequest request, SessionRole role, long sessionId) {
        if (!request.hasPool()) {
            return List.of();
        }
        PoolOffer.Told told =
                new PoolOffer.Told(
                        sessionId,
                        role == SessionRole.WORKER,
                        request.getPool().getSettingsMap(),
                        request.getPool().getOrigin());
        return pool.offer(told, id -> book.find(id).isPresent());
    }

    @Override
    public void watch(WatchRequest request, StreamObserver<WatchEvent> observer) {
        answer(
                observer,
                peer -> {
                    find(peer, request.getSessionId());
                    ServiceRequestContext.current().clearRequestTimeout();
                    streams.add(
                            request.getSessionId(),
                            (ServerCallStreamObserver<WatchEvent>) observer);
                });
    }

    @Override
    public void detach(DetachRequest request, StreamObserver<DetachReply> observer) {
        answer(observer, peer -> end(find(peer, request.getSessionId()), observer));
    }

    private void end(AttachedSession session, StreamObserver<DetachReply> observer) {
        if (!book.remove(session.id())) {
            throw Refusals.unknownSession(session.id());
        }
        streams.end(session.id());
        store.end(session.id(), EndReason.DETACHED)
                .orTimeout(STORE_DEADLINE_S, TimeUnit.SECONDS)
                .whenCompleteAsync(
                        (nothing, failure) -> {
                            if (failure != null) {
                                refuse(observer, failure);
                            } else {
                                complete(observer, DetachReply.getDefaultInstance());
                            }
                        },
                        executor);
        arrivals.log(suppressed ->
                LOG.atInfo()
                        .addKeyValue("session", session.id())
                        .addKeyValue("engine", session.engineId())
                        .addKeyValue("suppressed", suppressed)
                        .log("detached"));
    }

    private AttachedSession find(Peer peer, long sessionId) {
        return book.find(sessionId)
                .filter(session -> session.uid() == peer.uid())
                .orElseThrow(() -> Refusals.unknownSession(sessionId));
    }

    void close() {
        closing = true;
        streams.closeAll();
    }

    /** The edge of every call: whatever is thrown becomes a status. */
    private void answer(StreamObserver<?> observer, Consumer<Peer> call) {
        try {
            if (closing) {
                throw Refusals.closing();
            }
            call.accept(Peer.current());
        } catch (RuntimeException e) {
            refuse(observer, e);
        }
    }

    private void refuse(StreamObserver<?> observer, Throwable failure) {
        StatusRuntimeException status = Refusals.of(failure);
        refusals.log(suppressed ->
                LOG.atWarn()
                        .addKeyValue("status", status.getStatus().getCode())
                        .addKeyValue("suppressed", suppressed)
                        .setCause(status.getCause())
                        .log("refused: {}", status.getStatus().getDescription()));
        observer.onError(status);
    }

    private static <T> void complete(StreamObserver<T> observer, T reply) {
        observer.onNext(reply);
        observer.onCompleted();
    }
}
