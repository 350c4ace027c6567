// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.moonpool.proto.v1.WatchEvent;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;

/**
 * The open Watch streams, one a session. A beat goes to each of them now and then; a client that
 * reads nothing is skipped, so nothing piles up for it. The end of a stream proves nothing: it only
 * makes the sidecar look at the lock.
 */
final class WatchStreams {
    private final Map<Long, Stream> streams = new ConcurrentHashMap<>();
    private final LongPredicate sessionExists;
    private final LongConsumer onEnd;

    private static final class Stream {
        private final ServerCallStreamObserver<WatchEvent> observer;
        private long sequence;

        private Stream(ServerCallStreamObserver<WatchEvent> observer) {
            this.observer = observer;
        }

        private synchronized void send(boolean closing) {
            if (!observer.isCancelled() && (closing || observer.isReady() || sequence == 0)) {
                observer.onNext(
                        WatchEvent.newBuilder()
                                .setSequence(++sequence)
                                .setClosing(closing)
                                .build());
            }
        }

        private synchronized void complete() {
            if (!observer.isCancelled()) {
                observer.onCompleted();
            }
        }

        private synchronized void fail(Status status) {
            if (!observer.isCancelled()) {
                observer.onError(status.asRuntimeException());
            }
        }
    }

    WatchStreams(LongPredicate sessionExists, LongConsumer onEnd) {
        this.sessionExists = sessionExists;
        this.onEnd = onEnd;
    }

    void add(long sessionId, ServerCallStreamObserver<WatchEvent> observer) {
        Stream stream = new Stream(observer);
        observer.setOnCancelHandler(() -> {
            streams.remove(sessionId, stream);
            onEnd.accept(sessionId);
        });
        Stream before = streams.put(sessionId, stream);
        if (before != null) {
            before.complete();
        }
        stream.send(false);
    }

    /** Streams of sessions that have ended meanwhile end as well. */
    void beat() {
        streams.forEach((id, stream) -> {
            if (sessionExists.test(id)) {
                stream.send(false);
            } else {
                end(id);
            }
        });
    }

    /** The session is over; a client that still reads learns it from the end of its stream. */
    void end(long sessionId) {
        Stream stream = streams.remove(sessionId);
        if (stream != null) {
            stream.fail(Status.NOT_FOUND.withDescription("session_id: this session has ended"));
        }
    }

    void closeAll() {
        streams.keySet()
                .forEach(id -> {
                    Stream stream = streams.remove(id);
                    if (stream != null) {
                        stream.send(true);
                        stream.complete();
                    }
                });
    }
}
