// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import io.moonpool.proto.v1.MemberPlace;
import io.moonpool.proto.v1.Order;
import io.moonpool.sidecar.store.LayoutInfo;
import io.moonpool.sidecar.store.Listing;
import io.moonpool.sidecar.store.PoolAccess;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what the directory asks, one after the other, on a thread that may wait. */
final class OrderDesk implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OrderDesk.class);

    private static final int RECORD_BYTES = 40;
    private static final int HASH_BYTES = 32;

    /**
     * Waiting orders; what is beyond is declined, and comes again with the next announcement. Only
     * removals never are.
     */
    private static final int ORDERS_MAX = 4096;

    private static final int LIST_STEP = 4096;
    private static final long STORE_SECONDS = 10;
    private static final long RETRY_MILLIS = 200;
    private static final long CLOSE_MILLIS = 3_000;

    private final PoolAccess store;
    private final Relocation relocation;
    private final LongConsumer removed;
    private final Evacuation evacuation;
    private final AtomicBoolean evacuating = new AtomicBoolean();
    private final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    private final Thread thread =
            Thread.ofPlatform().name("pool-orders").daemon().unstarted(this::run);
    private volatile boolean closed;

    /** {@code removed} is told the number of each removal that was carried out. */
    OrderDesk(PoolAccess store, Relocation relocation, LongConsumer removed) {
        this.store = store;
        this.relocation = relocation;
        this.evacuation = new Evacuation(store, relocation);
        this.removed = removed;
    }

    void start() {
        thread.start();
    }

    void take(Order order) {
        switch (order.getWhatCase()) {
            case EVACUATE -> evacuate(!order.getEvacuate().getCancelled());
            case COPY -> offer(() -> copy(order.getCopy()));
            case DROP -> add(() -> dropForSure(order.getDrop()));
            case CHECK -> offer(() -> check(order.getCheck()));
            case PIN, WHAT_NOT_SET ->
                    LOG.debug("an order that this version declines: {}", order.getWhatCase());
        }
    }

    /** Runs when every order that was taken before has been carried out. */
    void afterAll(Runnable then) {
        add(then::run);
    }

    private interface Task {
        void run() throws InterruptedException, ExecutionException, TimeoutException;
    }

    private void offer(Task task) {
        if (work.size() < ORDERS_MAX) {
            add(task);
        }
    }

    private void add(Task task) {
        work.add(() -> attempt(task));
    }

    private void attempt(Task task) {
        try {
            task.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            LOG.warn("an order of the directory was not carried out: {}", e.toString());
        }
    }

    private void run() {
        while (!closed) {
            try {
                work.take().run();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Everything was moved away as the directory asked: this member may leave. */
    boolean isEvacuated() {
        return evacuation.isDone();
    }

    private void evacuate(boolean wanted) {
        if (wanted && !evacuation.isWanted()) {
            LOG.info("drain: moving everything to other members");
        }
        evacuation.want(wanted);
        keepEvacuating();
    }

    private void keepEvacuating() {
        if (evacuation.isWanted() && !closed && evacuating.compareAndSet(false, true)) {
            add(this::evacuateRound);
        }
    }

    private void evacuateRound() throws InterruptedException, ExecutionException, TimeoutException {
        try {
            evacuation.round();
        } finally {
            evacuating.set(false);
            keepEvacuating();
        }
    }

    private void remove(Listing.Run run)
            throws InterruptedException, ExecutionException, TimeoutException {
        store.remove(run.layout().digest(), run.epoch(), run.hashes())
                .get(STORE_SECONDS, TimeUnit.SECONDS);
    }

    /** Until no engine holds what was removed: it is not found any more, so that this ends. */
    private void awaitLeft() throws InterruptedException, ExecutionException, TimeoutException {
        while (!closed && store.leaving().get(STORE_SECONDS, TimeUnit.SECONDS) > 0) {
            TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
        }
    }

    private void copy(Order.Copy order) throws InterruptedException {
        for (Listing.Run run :
                runs(order.getLayout().toByteArray(), order.getRecords().toByteArray())) {
            for (MemberPlace target : order.getPlacesList()) {
                relocation.copyTo(target, run);
            }
        }
    }

    /** What was removed must go before it is said to be gone, however busy the store is. */
    private void dropForSure(Order.Drop order) throws InterruptedException {
        while (!closed) {
            try {
                drop(order);
                return;
            } catch (ExecutionException | TimeoutException e) {
                LOG.warn("a removal waits for the store: {}", e.toString());
                TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
            }
        }
    }

    private void drop(Order.Drop order)
            throws InterruptedException, ExecutionException, TimeoutException {
        byte[] layout = order.getLayout().toByteArray();
        if (!order.getRecords().isEmpty()) {
            for (Listing.Run run : runs(layout, order.getRecords().toByteArray())) {
                remove(run);
            }
        } else {
            dropAll(layout, order.getTenant());
        }
        awaitLeft();
        removed.accept(order.getRemoval());
    }

    private void dropAll(byte[] layout, String tenant)
            throws InterruptedException, ExecutionException, TimeoutException {
        for (int cursor = 0; cursor >= 0; ) {
            Listing listing = store.list(cursor, LIST_STEP).get(STORE_SECONDS, TimeUnit.SECONDS);
            for (Listing.Run run : listing.runs()) {
                boolean meant =
                        layout.length > 0
                                ? Arrays.equals(layout, run.layout().digest())
                                : tenant.isEmpty() || tenant.equals(run.layout().tenant());
                if (meant) {
                    remove(run);
                }
            }
            cursor = listing.next();
        }
    }

    private void check(Order.Check order)
            throws InterruptedException, ExecutionException, TimeoutException {
        byte[] layout = order.getLayout().toByteArray();
        for (Listing.Run run : runs(layout, order.getRecords().toByteArray())) {
            store.publishAnew(layout, run.epoch(), run.hashes())
                    .get(STORE_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** The order's records by epoch; none for a layout that was never here. */
    private List<Listing.Run> runs(byte[] digest, byte[] records) {
        LayoutInfo layout = null;
        for (LayoutInfo known : store.layouts()) {
            if (Arrays.equals(known.digest(), digest)) {
                layout = known;
            }
        }
        Map<Long, byte[]> byEpoch = new LinkedHashMap<>();
        ByteBuffer buffer = ByteBuffer.wrap(records).order(ByteOrder.LITTLE_ENDIAN);
        while (layout != null && buffer.remaining() >= RECORD_BYTES) {
            long epoch = buffer.getLong();
            byte[] before = byEpoch.getOrDefault(epoch, new byte[0]);
            byte[] longer = Arrays.copyOf(before, before.length + HASH_BYTES);
            buffer.get(longer, before.length, HASH_BYTES);
            byEpoch.put(epoch, longer);
        }
        List<Listing.Run> runs = new ArrayList<>();
        for (Map.Entry<Long, byte[]> one : byEpoch.entrySet()) {
            runs.add(new Listing.Run(layout, one.getKey(), one.getValue()));
        }
        return runs;
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
