// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.moonpool.sidecar.store.StoreRefusal;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/**
 * Every gRPC status this sidecar answers with, in one place. Messages are one line with field and
 * cure.
 */
final class Refusals {
    private Refusals() {}

    static StatusRuntimeException invalid(String field, String problem) {
        return Status.INVALID_ARGUMENT.withDescription(field + ": " + problem).asRuntimeException();
    }

    static StatusRuntimeException denied(String message) {
        return Status.PERMISSION_DENIED.withDescription(message).asRuntimeException();
    }

    static StatusRuntimeException version(String message) {
        return Status.UNIMPLEMENTED.withDescription(message).asRuntimeException();
    }

    static StatusRuntimeException unknownSession(long sessionId) {
        return Status.NOT_FOUND
                .withDescription(
                        "session_id: no session %s here; attach again"
                                .formatted(Long.toUnsignedString(sessionId)))
                .asRuntimeException();
    }

    static StatusRuntimeException closing() {
        return Status.UNAVAILABLE
                .withDescription("the sidecar is shutting down; attach again later")
                .asRuntimeException();
    }

    static StatusRuntimeException internal(String message) {
        return Status.INTERNAL.withDescription(message).asRuntimeException();
    }

    /** What a future of the store failed with. */
    static StatusRuntimeException of(Throwable failure) {
        return switch (failure) {
            case CompletionException wrapped when wrapped.getCause() != null ->
                    of(wrapped.getCause());
            case StatusRuntimeException status -> status;
            case StoreRefusal refusal ->
                    status(refusal.code())
                            .withDescription(refusal.getMessage())
                            .asRuntimeException();
            case TimeoutException late ->
                    Status.UNAVAILABLE
                            .withDescription("the store did not answer in time; attach again")
                            .withCause(late)
                            .asRuntimeException();
            default ->
                    Status.INTERNAL
                            .withDescription("a bug in the sidecar, see its log: " + failure)
                            .withCause(failure)
                            .asRuntimeException();
        };
    }

    private static Status status(StoreRefusal.Code code) {
        return switch (code) {
            case INVALID -> Status.INVALID_ARGUMENT;
            case PRECONDITION -> Status.FAILED_PRECONDITION;
            case EXHAUSTED -> Status.RESOURCE_EXHAUSTED;
            case UNKNOWN_SESSION -> Status.NOT_FOUND;
            case UNAVAILABLE -> Status.UNAVAILABLE;
        };
    }
}
