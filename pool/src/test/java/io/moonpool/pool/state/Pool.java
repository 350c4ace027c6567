// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;

/** A directory under test, with its time and what it has left behind. */
final class Pool implements AutoCloseable {
    static final String TENANT = "default";
    static final long OBJECT_BYTES = 1_000;
    static final long CAPACITY = 1_000_000;

    final DirectoryConfig config;
    final List<Order> orders = new ArrayList<>();
    final List<Fact> facts = new ArrayList<>();
    Directory directory;
    long now = 1_000_000;

    Pool() {
        this(DirectoryConfig.defaults(7));
    }

    Pool(DirectoryConfig config) {
        this.config = config;
        this.directory = Directory.create(config);
    }

    static MemberSpec spec(int number, long boot) {
        return new MemberSpec(
                new MemberId(number, number),
                "host-" + number,
                "host-" + number + ":7171",
                List.of("host-" + number + ":7172"),
                "tcp",
                CAPACITY,
                CAPACITY / 2,
                boot);
    }

    static LayoutSpec layout(int number) {
        return layout(number, TENANT);
    }

    static LayoutSpec layout(int number, String tenant) {
        return new LayoutSpec(
                new Digest(number, 1, 2, 3),
                tenant,
                "model-" + number,
                OBJECT_BYTES,
                new Digest(number, 9, 9, 9),
                0);
    }

    static Digest hash(long number) {
        return new Digest(number * 0x9E3779B97F4A7C15L, number, ~number, number << 7);
    }

    static ObjectKey key(int layout, long epoch, long hash) {
        return new ObjectKey(layout(layout).digest(), epoch, hash(hash));
    }

    Joined join(int number, long boot) {
        return join(spec(number, boot), 0);
    }

    Joined join(MemberSpec spec, long removalDone) {
        Joined joined = directory.join(new Command.Join(now, spec, List.of(), removalDone));
        collect();
        return joined;
    }

    /** A member that has joined, and whose inventory is complete. */
    MemberClient member(int number) {
        MemberClient member = new MemberClient(this, join(number, 1).member());
        member.announce();
        return member;
    }

    void leave(int handle, boolean forGood) {
        directory.leave(new Command.Leave(now, handle, forGood));
        collect();
    }

    void tick(long ms) {
        now += ms;
        directory.tick(new Command.Tick(now));
        collect();
    }

    void sweep() {
        do {
            directory.tick(new Command.Tick(now));
        } while (directory.totals().sweepLeft() > 0);
        collect();
    }

    void collect() {
        directory.takeOrders(orders::add);
        directory.takeFacts(facts::add);
    }

    <T extends Order> List<T> orders(Class<T> type) {
        List<T> found = orders.stream().filter(type::isInstance).map(type::cast).toList();
        orders.removeIf(type::isInstance);
        return found;
    }

    Set<Integer> located(ObjectKey key, int asking) {
        return Set.copyOf(locatedInOrder(key, asking));
    }

    Set<Integer> located(ObjectKey key) {
        return located(key, -1);
    }

    List<Integer> locatedInOrder(ObjectKey key, int asking) {
        UnsafeBuffer hashes = new UnsafeBuffer(new byte[Digest.BYTES]);
        key.hash().copyTo(hashes, 0);
        Locations answer = new Locations();
        directory.locate(key.layout(), key.epoch(), hashes, 0, 1, asking, answer);
        List<Integer> members = new ArrayList<>();
        for (int i = 0; i < Locations.REPLICAS; i++) {
            if (answer.place(0, i) != Locations.NONE) {
                members.add(answer.member(answer.place(0, i)));
            }
        }
        if (members.size() != new HashSet<>(members).size()) {
            throw new AssertionError("a member is named twice: " + members);
        }
        return members;
    }

    byte[] snapshot() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        directory.snapshot((buffer, offset, length) -> {
            byte[] piece = new byte[length];
            buffer.getBytes(offset, piece);
            bytes.writeBytes(piece);
        });
        return bytes.toByteArray();
    }

    static Directory restore(DirectoryConfig config, byte[] snapshot) {
        UnsafeBuffer source = new UnsafeBuffer(snapshot);
        int[] at = {0};
        return Directory.restore(
                config,
                (target, offset, length) -> {
                    if (at[0] + length > snapshot.length) {
                        throw new BadSnapshot("snapshot: ends too early");
                    }
                    source.getBytes(at[0], target, offset, length);
                    at[0] += length;
                });
    }

    /** The directory starts anew and knows only what was durable. */
    void restart() {
        directory.close();
        directory = Directory.create(config);
        facts.forEach(directory::recall);
        orders.clear();
    }

    @Override
    public void close() {
        directory.close();
    }
}
