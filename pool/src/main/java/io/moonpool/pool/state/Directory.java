// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;

/**
 * The index of who holds what. One thread uses it. Commands change it and may leave orders and
 * facts, which their host takes after each: {@link #takeOrders}, {@link #takeFacts}. A command that
 * is not carried out fails with {@link Refusal}.
 */
public interface Directory extends AutoCloseable {

    /** An empty one. */
    static Directory create(DirectoryConfig config) {
        return new DirectoryMachine(config);
    }

    /** As it was when the snapshot was made; fails with {@link BadSnapshot}. */
    static Directory restore(DirectoryConfig config, SnapshotSource source) {
        return DirectoryMachine.restore(config, source);
    }

    // Commands.

    Joined join(Command.Join command);

    /** The answer is used again by the next call. */
    Changed change(ChangeSet changes);

    void leave(Command.Leave command);

    void report(Command.ReportUnreachable command);

    void report(Command.ReportMissing command);

    DrainProgress drain(Command.Drain command);

    DrainProgress cancel(Command.CancelDrain command);

    Removed remove(Command.Remove command);

    Removed removeAll(Command.RemoveAll command);

    void quota(Command.SetQuota command);

    void quota(Command.RemoveQuota command);

    void mark(Command.Mark command);

    void raise(Command.RaiseFloor command);

    void hot(Command.Hot command);

    void tick(Command.Tick command);

    /** What was durable before this life. Before the first command. */
    void recall(Fact fact);

    // What commands leave behind.

    /** Orders of the commands since the last call, in order. */
    void takeOrders(Consumer<Order> receiver);

    /** Facts of the commands since the last call, in order. */
    void takeFacts(Consumer<Fact> receiver);

    // Queries. They change nothing.

    /** Who has these objects; {@code asking} itself is left out, -1 leaves out nobody. */
    void locate(
            Digest layout,
            long epoch,
            DirectBuffer hashes,
            int offset,
            int count,
            int asking,
            Locations answer);

    /** Handles of members, best first. */
    List<Integer> place(PlaceQuery query);

    /** Every member that is not forgotten, in the order of their first join. */
    List<MemberView> members();

    Optional<MemberView> member(int member);

    /** Those with this name, or this id in hexadecimal. */
    List<MemberView> members(String nameOrId);

    /** Whether this handle is of a member's present life. */
    boolean isCurrent(int member);

    /** From {@code cursor}, 0 at first. What changes between two pages may be missed. */
    KeyPage keys(long cursor, int max);

    Optional<KeyView> find(ObjectKey key);

    /** In every layout and epoch. */
    List<KeyView> find(Digest hash);

    List<LayoutSpec> layouts();

    List<TenantView> tenants();

    List<DrainProgress> drains();

    List<Floor> floors();

    Totals totals();

    /** Everything that {@link #recall} needs to know of now. */
    void facts(Consumer<Fact> receiver);

    // Snapshots.

    void snapshot(SnapshotSink sink);

    /** Of everything that a snapshot holds: equal after equal commands, whatever the node. */
    long checksum();

    @Override
    void close();
}
