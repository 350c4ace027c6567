// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.moonpool.pool.embedded.NotDurable;
import io.moonpool.pool.embedded.Overloaded;
import io.moonpool.pool.state.Refusal;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Every gRPC status that the directory answers with, in one place. */
final class Answers {
    private Answers() {}

    static <R> void send(CompletableFuture<R> answer, StreamObserver<R> observer) {
        answer.whenComplete((reply, failure) -> {
            if (failure != null) {
                observer.onError(status(failure));
            } else {
                observer.onNext(reply);
                observer.onCompleted();
            }
        });
    }

    static StatusRuntimeException status(Throwable failure) {
        return switch (failure) {
            case CompletionException wrapped when wrapped.getCause() != null ->
                    status(wrapped.getCause());
            case StatusRuntimeException status -> status;
            case Refusal refusal -> of(code(refusal.kind()), refusal.getMessage());
            case Overloaded overloaded -> of(Status.UNAVAILABLE, overloaded.getMessage());
            case NotDurable notDurable -> of(Status.INTERNAL, notDurable.getMessage());
            default ->
                    Status.INTERNAL
                            .withDescription("directory: " + failure)
                            .withCause(failure)
                            .asRuntimeException();
        };
    }

    static Refusal invalid(String field, String problem) {
        return new Refusal(Refusal.Kind.INVALID, field + ": " + problem);
    }

    private static StatusRuntimeException of(Status status, String message) {
        return status.withDescription(message).asRuntimeException();
    }

    private static Status code(Refusal.Kind kind) {
        return switch (kind) {
            case INVALID -> Status.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.NOT_FOUND;
            case CONFLICT -> Status.FAILED_PRECONDITION;
            case EXHAUSTED -> Status.RESOURCE_EXHAUSTED;
        };
    }
}
