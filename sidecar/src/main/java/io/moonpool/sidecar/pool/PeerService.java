// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.moonpool.proto.v1.DescribeReply;
import io.moonpool.proto.v1.DescribeRequest;
import io.moonpool.proto.v1.PeerGrpc;
import io.moonpool.proto.v1.TakeReply;
import io.moonpool.proto.v1.TakeRequest;
import io.moonpool.sidecar.store.Description;
import io.moonpool.sidecar.store.PoolAccess;
import io.moonpool.transfer.spi.PeerAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** What this member does for the others. */
final class PeerService extends PeerGrpc.PeerImplBase {

    private static final int HASH_BYTES = 32;
    private static final int HASHES_MAX = 131_072;
    private static final int DIGEST_BYTES = 32;
    private static final long STORE_SECONDS = 5;

    private final PoolAccess store;
    private final PeerAddress address;
    private final Taker taker;
    private final Executor executor;

    PeerService(PoolAccess store, PeerAddress address, Taker taker, Executor executor) {
        this.store = store;
        this.address = address;
        this.taker = taker;
        this.executor = executor;
    }

    /** The name under which other members read an arena. */
    static String segment(int arena) {
        return "arena-" + arena;
    }

    @Override
    public void describe(DescribeRequest request, StreamObserver<DescribeReply> observer) {
        if (!isSound(request.getLayout(), request.getHashes())) {
            observer.onError(invalid());
            return;
        }
        store.describe(
                        request.getLayout().toByteArray(),
                        request.getEpoch(),
                        request.getHashes().toByteArray())
                .orTimeout(STORE_SECONDS, TimeUnit.SECONDS)
                .whenCompleteAsync(
                        (description, failure) -> {
                            if (failure != null) {
                                observer.onError(
                                        Status.UNAVAILABLE
                                                .withDescription(failure.getMessage())
                                                .asRuntimeException());
                            } else {
                                observer.onNext(reply(description));
                                observer.onCompleted();
                            }
                        },
                        executor);
    }

    private DescribeReply reply(Description description) {
        return DescribeReply.newBuilder()
                .setFound(ByteString.copyFrom(description.found()))
                .setSlots(ByteString.copyFrom(description.slots()))
                .setSegment(
                        ByteString.copyFrom(
                                segment(description.arena()), StandardCharsets.US_ASCII))
                .setArenaBytes(store.arena(description.arena()).byteSize())
                .setTransferToken(ByteString.copyFrom(address.token().bytes()))
                .addAllTransferEndpoints(address.endpoints())
                .build();
    }

    @Override
    public void take(TakeRequest request, StreamObserver<TakeReply> observer) {
        if (!isSound(request.getLayout().getDigest(), request.getHashes())) {
            observer.onError(invalid());
            return;
        }
        executor.execute(() -> {
            try {
                observer.onNext(taker.take(request));
                observer.onCompleted();
            } catch (IllegalArgumentException e) {
                observer.onError(
                        Status.INVALID_ARGUMENT
                                .withDescription(e.getMessage())
                                .asRuntimeException());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                observer.onError(Status.UNAVAILABLE.asRuntimeException());
            }
        });
    }

    private static boolean isSound(ByteString digest, ByteString hashes) {
        return digest.size() == DIGEST_BYTES
                && hashes.size() % HASH_BYTES == 0
                && hashes.size() / HASH_BYTES <= HASHES_MAX;
    }

    private static RuntimeException invalid() {
        return Status.INVALID_ARGUMENT
                .withDescription(
                        "layout, hashes: a digest has 32 bytes, hashes 32 each and %d at most"
                                .formatted(HASHES_MAX))
                .asRuntimeException();
    }
}
