// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Members that move everything to others before they leave. The member does it, since it knows what
 * it has; the directory keeps placements away, names the targets and counts.
 */
final class Drains {
    private final Tables tables;

    /** Drains of members that have not joined in this life of the directory. */
    private final Map<MemberId, List<String>> awaited = new LinkedHashMap<>();

    Drains(Tables tables) {
        this.tables = tables;
    }

    DrainProgress drain(Command.Drain command) {
        Checks.text("member", command.member());
        Member member = one(command.member());
        if (member.drain != null) {
            return progress(member);
        }
        List<Integer> targets = targets(command.targets(), member);
        member.drain = new Drain(command.targets());
        tables.outbox.fact(new Fact.Draining(member.id, true, command.targets()));
        tables.outbox.order(new Order.Evacuate(member.handle, false, targets));
        return progress(member);
    }

    DrainProgress cancel(Command.CancelDrain command) {
        Checks.text("member", command.member());
        Member member = one(command.member());
        if (member.drain == null) {
            throw new Refusal(
                    Refusal.Kind.NOT_FOUND,
                    "member: '%s' is not being drained".formatted(command.member()));
        }
        DrainProgress before = progress(member);
        member.drain = null;
        tables.outbox.fact(new Fact.Draining(member.id, false, List.of()));
        tables.outbox.order(new Order.Evacuate(member.handle, true, List.of()));
        return before;
    }

    private Member one(String nameOrId) {
        List<Member> found = tables.members.named(nameOrId);
        if (found.isEmpty()) {
            throw new Refusal(
                    Refusal.Kind.NOT_FOUND, "member: no member is called '%s'".formatted(nameOrId));
        }
        if (found.size() > 1) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT,
                    "member: %d members are called '%s'; give one of the ids %s"
                            .formatted(
                                    found.size(),
                                    nameOrId,
                                    found.stream().map(member -> member.id.toString()).toList()));
        }
        return found.getFirst();
    }

    private List<Integer> targets(List<String> names, Member drained) {
        List<Integer> targets = new ArrayList<>();
        for (String name : names) {
            List<Member> found = tables.members.named(name);
            if (found.isEmpty() || found.contains(drained)) {
                throw new Refusal(
                        Refusal.Kind.NOT_FOUND, "targets: '%s' is no other member".formatted(name));
            }
            found.forEach(member -> targets.add(member.handle));
        }
        return targets;
    }

    void recall(Fact.Draining fact) {
        if (fact.running()) {
            awaited.put(fact.member(), fact.targets());
        } else {
            awaited.remove(fact.member());
        }
    }

    /** A drain outlives both the directory and the member, until nothing was left to move. */
    void joined(Member member) {
        List<String> earlier = awaited.remove(member.id);
        if (earlier != null) {
            member.drain = new Drain(earlier);
        } else if (member.drain != null && member.drain.finished) {
            member.drain = null;
        }
        if (member.drain != null) {
            List<Integer> targets = new ArrayList<>();
            tables.members.forEach(other -> {
                if (other != member && !member.drain.targets.isEmpty()) {
                    if (member.drain.allows(other.spec)) {
                        targets.add(other.handle);
                    }
                }
            });
            tables.outbox.order(new Order.Evacuate(member.handle, false, targets));
        }
    }

    /** Before its inventory is forgotten. */
    void left(Member member) {
        if (member.drain == null) {
            return;
        }
        if (member.announced && member.objects == 0) {
            member.drain.finished = true;
            tables.outbox.fact(new Fact.Draining(member.id, false, List.of()));
        } else {
            awaited.put(member.id, member.drain.targets);
        }
    }

    /** A drained member gave up a replica. */
    void retracted(Member member, boolean othersHaveIt, long bytes) {
        if (othersHaveIt) {
            member.drain.moved++;
            member.drain.bytesMoved += bytes;
        } else {
            member.drain.dropped++;
        }
    }

    List<DrainProgress> all() {
        List<DrainProgress> all = new ArrayList<>();
        tables.members.forEach(member -> {
            if (member.drain != null) {
                all.add(progress(member));
            }
        });
        return all;
    }

    private static DrainProgress progress(Member member) {
        Drain drain = member.drain;
        return new DrainProgress(
                member.id,
                member.spec.name(),
                member.state(),
                member.objects,
                drain.moved,
                drain.dropped,
                drain.bytesMoved);
    }

    void facts(Consumer<Fact> receiver) {
        awaited.forEach((id, targets) -> receiver.accept(new Fact.Draining(id, true, targets)));
        tables.members.forEach(member -> {
            if (member.drain != null && !member.gone) {
                receiver.accept(new Fact.Draining(member.id, true, member.drain.targets));
            }
        });
    }

    void write(SnapshotWriter out) {
        out.putInt(awaited.size());
        awaited.forEach((id, targets) -> {
            out.putId(id);
            out.putStrings(targets);
        });
    }

    void read(SnapshotReader in) {
        int count = in.getCount(Integer.MAX_VALUE, "drains");
        for (int i = 0; i < count; i++) {
            awaited.put(in.getId(), in.getStrings());
        }
    }
}
