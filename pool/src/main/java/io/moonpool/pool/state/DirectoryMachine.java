// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;

/** The directory: its verbs over its tables. */
final class DirectoryMachine implements Directory {
    private static final long MAGIC = 0x31304E5352494450L;

    private final Tables tables;
    private final Copies copies;
    private final Sweep sweep;
    private final Drains drains;
    private final Erasure erasure;
    private final Marking marking;
    private final Lives lives;
    private final Changes changes;
    private final Placement placement;
    private final Locator locator;
    private final Listing listing;

    DirectoryMachine(DirectoryConfig config) {
        tables = new Tables(config);
        placement = new Placement(tables);
        copies = new Copies(tables, placement);
        sweep = new Sweep(tables.inventory, copies);
        drains = new Drains(tables);
        erasure = new Erasure(tables, sweep, copies);
        marking = new Marking(tables, copies);
        lives = new Lives(tables, sweep, copies, drains, erasure);
        changes = new Changes(tables, sweep, copies, lives, drains, erasure, marking);
        locator = new Locator(tables);
        listing = new Listing(tables);
    }

    static DirectoryMachine restore(DirectoryConfig config, SnapshotSource source) {
        DirectoryMachine machine = new DirectoryMachine(config);
        try {
            machine.read(new SnapshotReader(source));
            return machine;
        } catch (RuntimeException e) {
            machine.close();
            throw e;
        }
    }

    @Override
    public Joined join(Command.Join command) {
        tables.advance(command.now());
        return lives.join(command);
    }

    @Override
    public Changed change(ChangeSet set) {
        tables.advance(set.now);
        return changes.apply(set);
    }

    @Override
    public void leave(Command.Leave command) {
        tables.advance(command.now());
        lives.leave(command);
    }

    @Override
    public void report(Command.ReportUnreachable command) {
        tables.advance(command.now());
        lives.report(command);
    }

    /** The owner is the truth: it is asked to say again what it has. */
    @Override
    public void report(Command.ReportMissing command) {
        tables.advance(command.now());
        Checks.keys(command.keys());
        Member member = tables.members.byHandle(command.member());
        if (member == null) {
            return;
        }
        List<ObjectKey> doubtful =
                command.keys().stream().filter(key -> isHeldBy(key, member)).toList();
        if (!doubtful.isEmpty()) {
            tables.outbox.order(new Order.Check(member.handle, doubtful));
        }
    }

    private boolean isHeldBy(ObjectKey key, Member member) {
        int ordinal = tables.find(key);
        return ordinal != Inventory.NONE && tables.inventory.isHeldBy(ordinal, member.slot);
    }

    @Override
    public DrainProgress drain(Command.Drain command) {
        tables.advance(command.now());
        return drains.drain(command);
    }

    @Override
    public DrainProgress cancel(Command.CancelDrain command) {
        tables.advance(command.now());
        return drains.cancel(command);
    }

    @Override
    public Removed remove(Command.Remove command) {
        tables.advance(command.now());
        return erasure.remove(command);
    }

    @Override
    public Removed removeAll(Command.RemoveAll command) {
        tables.advance(command.now());
        return erasure.removeAll(command);
    }

    @Override
    public void quota(Command.SetQuota command) {
        tables.advance(command.now());
        Checks.tenant(command.tenant());
        Checks.bytes("quota", command.bytes());
        tables.quotas.put(command.tenant(), command.bytes());
        tables.outbox.fact(new Fact.Quota(command.tenant(), command.bytes()));
    }

    @Override
    public void quota(Command.RemoveQuota command) {
        tables.advance(command.now());
        if (!tables.quotas.remove(command.tenant())) {
            throw new Refusal(
                    Refusal.Kind.NOT_FOUND,
                    "tenant: '%s' has no quota".formatted(command.tenant()));
        }
        tables.outbox.fact(new Fact.Quota(command.tenant(), Quotas.NONE));
    }

    @Override
    public void mark(Command.Mark command) {
        tables.advance(command.now());
        marking.mark(command);
    }

    @Override
    public void raise(Command.RaiseFloor command) {
        tables.advance(command.now());
        Checks.floors(List.of(command.floor()));
        erasure.raise(command.floor());
    }

    @Override
    public void hot(Command.Hot command) {
        tables.advance(command.now());
        Checks.keys(command.keys());
        command.keys().forEach(copies::hot);
        copies.give();
    }

    @Override
    public void tick(Command.Tick command) {
        tables.advance(command.now());
        lives.expire();
        marking.tick();
        if (copies.turn() && sweep.left() == 0) {
            sweep.start();
        }
        sweep.step(tables.config.sweepStep());
    }

    @Override
    public void recall(Fact fact) {
        switch (fact) {
            case Fact.FloorRaised raised -> erasure.raise(raised.floor());
            case Fact.Quota quota -> recall(quota);
            case Fact.Marked marked -> marking.recall(marked);
            case Fact.Removed removed ->
                    tables.removals.remove(
                            removed.key(), removed.tenant(), removed.removal(), forgotten -> {});
            case Fact.AllRemoved all -> tables.removals.removeAll(all.tenant(), all.removal());
            case Fact.Draining draining -> drains.recall(draining);
        }
        tables.outbox.takeFacts(known -> {});
    }

    private void recall(Fact.Quota quota) {
        if (quota.bytes() == Quotas.NONE) {
            tables.quotas.remove(quota.tenant());
        } else {
            tables.quotas.put(quota.tenant(), quota.bytes());
        }
    }

    @Override
    public void takeOrders(Consumer<Order> receiver) {
        tables.outbox.takeOrders(receiver);
    }

    @Override
    public void takeFacts(Consumer<Fact> receiver) {
        tables.outbox.takeFacts(receiver);
    }

    @Override
    public void locate(
            Digest layout,
            long epoch,
            DirectBuffer hashes,
            int offset,
            int count,
            int asking,
            Locations answer) {
        locator.locate(layout, epoch, hashes, offset, count, asking, answer);
    }

    @Override
    public List<Integer> place(PlaceQuery query) {
        int layout = tables.layouts.find(query.layout());
        if (layout == Layouts.NONE) {
            return place(query, query.tenant(), Math.max(1, query.objectBytes()));
        }
        LayoutSpec spec = tables.layouts.spec(layout);
        return place(query, spec.tenant(), spec.objectBytes());
    }

    private List<Integer> place(PlaceQuery query, String tenant, long objectBytes) {
        return tables.isOverQuota(tenant) ? List.of() : placement.place(query, objectBytes);
    }

    @Override
    public List<MemberView> members() {
        return listing.members();
    }

    @Override
    public Optional<MemberView> member(int member) {
        return listing.member(member);
    }

    @Override
    public List<MemberView> members(String nameOrId) {
        return listing.members(nameOrId);
    }

    @Override
    public boolean isCurrent(int member) {
        return tables.members.byHandle(member) != null;
    }

    @Override
    public KeyPage keys(long cursor, int max) {
        return listing.keys(cursor, max);
    }

    @Override
    public Optional<KeyView> find(ObjectKey key) {
        return listing.find(key);
    }

    @Override
    public List<KeyView> find(Digest hash) {
        return listing.find(hash);
    }

    @Override
    public List<LayoutSpec> layouts() {
        return tables.layouts.all();
    }

    @Override
    public List<TenantView> tenants() {
        return listing.tenants();
    }

    @Override
    public List<DrainProgress> drains() {
        return drains.all();
    }

    @Override
    public List<Floor> floors() {
        return tables.floors.since(0);
    }

    @Override
    public Totals totals() {
        return listing.totals(sweep.left());
    }

    @Override
    public void facts(Consumer<Fact> receiver) {
        floors().forEach(floor -> receiver.accept(new Fact.FloorRaised(floor)));
        tables.quotas.facts(receiver);
        marking.facts(receiver);
        tables.removals.facts(receiver);
        drains.facts(receiver);
    }

    @Override
    public void snapshot(SnapshotSink sink) {
        SnapshotWriter out = new SnapshotWriter(sink);
        out.putLong(MAGIC);
        out.putLong(tables.config.seed());
        tables.write(out);
        sweep.write(out);
        copies.write(out);
        drains.write(out);
        marking.write(out);
        lives.write(out);
        out.flush();
    }

    private void read(SnapshotReader in) {
        if (in.getLong() != MAGIC) {
            throw new BadSnapshot("snapshot: is none of this version");
        }
        if (in.getLong() != tables.config.seed()) {
            throw new BadSnapshot("snapshot: is of a directory with another seed");
        }
        tables.read(in);
        sweep.read(in);
        copies.read(in);
        drains.read(in);
        marking.read(in);
        lives.read(in);
    }

    @Override
    public long checksum() {
        ChecksumSink sink = new ChecksumSink();
        snapshot(sink);
        return sink.value();
    }

    @Override
    public void close() {
        tables.close();
    }
}
