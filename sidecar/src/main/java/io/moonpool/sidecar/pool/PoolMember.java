// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.protobuf.ByteString;
import io.moonpool.pool.client.ChangeLog;
import io.moonpool.pool.client.LinkedMember;
import io.moonpool.pool.log.LogLimiter;
import io.moonpool.proto.v1.Floor;
import io.moonpool.proto.v1.Layout;
import io.moonpool.proto.v1.MemberInfo;
import io.moonpool.proto.v1.Order;
import io.moonpool.sidecar.config.PoolConfig;
import io.moonpool.sidecar.store.PoolAccess;
import io.moonpool.sidecar.store.PoolPort;
import io.moonpool.sidecar.store.StagingJob;
import io.moonpool.sidecar.store.StoreControl;
import io.moonpool.sidecar.store.StoreSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.DirectBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This sidecar in its pool: what the store's thread talks to, and what the directory link asks. */
final class PoolMember implements PoolPort, LinkedMember {
    private static final Logger LOG = LoggerFactory.getLogger(PoolMember.class);
    private static final int LINES_PER_MINUTE = 6;
    private static final long REFRESH_NANOS = 1_000_000_000L;

    private PoolConfig config;
    private GivenMemory given;
    private volatile ChangeRing changes;
    private final ConcurrentLinkedQueue<Floor> raised = new ConcurrentLinkedQueue<>();
    private final LogLimiter limiter = new LogLimiter(LINES_PER_MINUTE);

    private PoolAccess store;
    private OrderDesk desk;
    private RemovalRecord removals;
    private StoreControl control;
    private volatile Bringer bringer;
    private volatile boolean linked;
    private volatile MemberInfo info;
    private volatile CompletableFuture<Void> announcement = new CompletableFuture<>();
    private long refreshedNanos;
    private volatile List<Floor> floors = List.of();

    /** Before the link begins to talk; until then the store speaks to nobody. */
    void begin(
            PoolConfig chosen,
            GivenMemory memory,
            PoolAccess access,
            StoreControl storeControl,
            MemberInfo first) {
        config = chosen;
        given = memory;
        changes = new ChangeRing();
        store = access;
        control = storeControl;
        info = first;
        take(control.snapshot().join());
        refreshedNanos = System.nanoTime();
    }

    /** From now on lookups wait for what other members have. */
    void bringWith(Bringer ready) {
        bringer = ready;
    }

    /** Who carries out orders, and remembers removals. */
    void obeyWith(OrderDesk orders, RemovalRecord record) {
        desk = orders;
        removals = record;
    }

    // The store's thread.

    @Override
    public boolean isOpen() {
        return linked && bringer != null;
    }

    @Override
    public void published(int layout, long epoch, long number, DirectBuffer hash) {
        ChangeRing ring = changes;
        if (ring != null) {
            ring.published(layout, epoch, number, hash);
        }
    }

    @Override
    public void retracted(int layout, long epoch, long number, DirectBuffer hash) {
        ChangeRing ring = changes;
        if (ring != null) {
            ring.retracted(layout, epoch, number, hash);
        }
    }

    @Override
    public void raised(String tenant, byte[] namespaceDigest, long epoch) {
        if (changes != null) {
            raised.add(floor(tenant, namespaceDigest, epoch));
        }
    }

    @Override
    public int room() {
        ChangeRing ring = changes;
        return ring == null ? 0 : ring.room();
    }

    @Override
    public void bring(StagingJob job) {
        bringer.bring(job);
    }

    // The link's thread.

    @Override
    public MemberInfo info() {
        if (System.nanoTime() - refreshedNanos > REFRESH_NANOS) {
            refreshedNanos = System.nanoTime();
            control.snapshot().thenAccept(this::take);
        }
        return info;
    }

    private void take(StoreSnapshot snapshot) {
        long free = 0;
        for (StoreSnapshot.ArenaSnapshot arena : snapshot.arenas()) {
            free += arena.bytes() - arena.usedBytes();
        }
        info =
                info.toBuilder()
                        .setCapacityBytes(given.bytes())
                        .setFreeBytes(Math.min(given.bytes(), free))
                        .build();
        floors =
                snapshot.namespaces().stream()
                        .filter(one -> one.epoch() > 0)
                        .map(one -> floor(one.tenant(), one.digest(), one.epoch()))
                        .toList();
    }

    private static Floor floor(String tenant, byte[] namespaceDigest, long epoch) {
        return Floor.newBuilder()
                .setTenant(tenant)
                .setNamespaceDigest(ByteString.copyFrom(namespaceDigest))
                .setEpoch(epoch)
                .build();
    }

    @Override
    public List<Floor> floors() {
        return floors;
    }

    @Override
    public List<Floor> takeRaised() {
        List<Floor> taken = new ArrayList<>();
        for (Floor one = raised.poll(); one != null; one = raised.poll()) {
            taken.add(one);
        }
        return taken;
    }

    @Override
    public void announce() {
        announcement = store.announce();
    }

    @Override
    public boolean isAnnounced() {
        return announcement.isDone();
    }

    @Override
    public ChangeLog changes() {
        return changes;
    }

    @Override
    public Layout layout(int ordinal) {
        return Layouts.written(store.layouts().get(ordinal));
    }

    @Override
    public void raise(List<Floor> told) {
        for (Floor floor : told) {
            store.raiseFloor(
                    floor.getTenant(), floor.getNamespaceDigest().toByteArray(), floor.getEpoch());
        }
    }

    @Override
    public void carryOut(Order order) {
        desk.take(order);
    }

    @Override
    public void removalTold(long removal) {
        // Behind the orders of this removal, which were given before.
        desk.afterAll(() -> removals.done(removal));
    }

    @Override
    public long removalDone() {
        return removals.latest();
    }

    @Override
    public boolean leaves() {
        return desk.isEvacuated();
    }

    @Override
    public void linked(int ordinal) {
        boolean now = ordinal >= 0;
        if (now && !linked) {
            LOG.info("joined the pool of {} as {}", config.masters(), info.getName());
        }
        linked = now;
    }

    @Override
    public void warn(String line) {
        limiter.log(kept -> LOG.warn("{}", line));
    }
}
