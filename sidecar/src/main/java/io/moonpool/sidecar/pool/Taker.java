// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.protobuf.ByteString;
import io.moonpool.proto.v1.TakeReply;
import io.moonpool.proto.v1.TakeRequest;
import io.moonpool.sidecar.store.LayoutInfo;
import io.moonpool.sidecar.store.PoolAccess;
import io.moonpool.sidecar.store.StagingJob;
import java.math.BigInteger;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/** Takes objects over from another member: a fetch that no engine asked for. */
final class Taker {

    private static final int HASH_BYTES = 32;
    private static final long STORE_SECONDS = 5;

    /** Asked at once: what is beyond waits its turn. */
    private static final int AT_ONCE = 4;

    private final PoolAccess store;
    private final GroupFetch.Surroundings around;
    private final Semaphore turns = new Semaphore(AT_ONCE, true);

    Taker(PoolAccess store, GroupFetch.Surroundings around) {
        this.store = store;
        this.around = around;
    }

    TakeReply take(TakeRequest request) throws InterruptedException {
        LayoutInfo layout = intern(Layouts.read(request.getLayout()));
        int count = request.getHashes().size() / HASH_BYTES;
        StagingJob.Ask ask =
                new StagingJob.Ask(
                        layout, 0, 0, request.getHashes().toByteArray(), new BitSet(count));
        StagingJob job =
                new StagingJob(0, request.getEpoch(), 0, 0, layout.blockTokens(), List.of(ask));
        int[] blocks = IntStream.range(0, count).toArray();
        if (!turns.tryAcquire(Math.max(1, request.getDeadlineMs()), TimeUnit.MILLISECONDS)) {
            return TakeReply.getDefaultInstance();
        }
        try {
            Places places = Places.all(request.getSource(), count);
            new GroupFetch(around, job, 0, places).run(blocks);
            return reply(layout, request);
        } finally {
            turns.release();
        }
    }

    /** What is here now, however it came. */
    private TakeReply reply(LayoutInfo layout, TakeRequest request) throws InterruptedException {
        byte[] here =
                await(
                                store.describe(
                                        layout.digest(),
                                        request.getEpoch(),
                                        request.getHashes().toByteArray()))
                        .found();
        boolean nothing = new BigInteger(1, here).signum() == 0;
        return TakeReply.newBuilder()
                .setTaken(ByteString.copyFrom(here))
                .setNoRoom(nothing)
                .build();
    }

    private LayoutInfo intern(LayoutInfo told) throws InterruptedException {
        return await(store.intern(told));
    }

    private static <T> T await(CompletableFuture<T> answer) throws InterruptedException {
        try {
            return answer.get(STORE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalArgumentException(e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new IllegalArgumentException("the store does not answer", e);
        }
    }
}
