// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.ArrayList;
import java.util.List;

/** Members come, fall silent, come back and are forgotten. */
final class Lives {
    private final Tables tables;
    private final Members members;
    private final DirectoryConfig config;
    private final Sweep sweep;
    private final Copies copies;
    private final Drains drains;
    private final Erasure erasure;
    private long tickedAt;

    Lives(Tables tables, Sweep sweep, Copies copies, Drains drains, Erasure erasure) {
        this.tables = tables;
        this.members = tables.members;
        this.config = tables.config;
        this.sweep = sweep;
        this.copies = copies;
        this.drains = drains;
        this.erasure = erasure;
    }

    Joined join(Command.Join command) {
        Checks.member(command.member());
        Checks.floors(command.floors());
        Member known = members.byId(command.member().id());
        if (known != null) {
            refuseSecond(known, command.member());
        }
        Member member = known == null ? members.add(command.member().id()) : known;
        if (known == null) {
            member.firstJoinedAt = tables.now;
        }
        enter(member, command);
        command.floors().forEach(erasure::raise);
        List<Floor> news = new ArrayList<>(tables.floors.since(0));
        news.removeAll(command.floors());
        member.floorsTold = tables.floors.version();
        drains.joined(member);
        erasure.joined(member);
        copies.joined();
        return new Joined(member.handle, news, warnings(member));
    }

    private void enter(Member member, Command.Join command) {
        member.spec = command.member();
        member.capacityBytes = command.member().capacityBytes();
        member.freeBytes = command.member().freeBytes();
        member.removalDone = command.removalDone();
        tables.removals.learn(command.removalDone());
        member.joinedAt = tables.now;
        member.heardAt = tables.now;
        member.reportedAt = 0;
        member.suspect = false;
        member.lost = false;
        member.forgetInventory();
        members.renew(member);
    }

    /** Only one process may be a member at a time: the one that was started last. */
    private void refuseSecond(Member known, MemberSpec joining) {
        if (known.gone || known.suspect) {
            return;
        }
        if (Long.compareUnsigned(joining.boot(), known.spec.boot()) < 0) {
            throw conflict(
                    "member.boot: %s is alive as start %s ('%s' at %s), and this is start %s: an"
                            + " older process of it still runs, stop it",
                    known.id,
                    Long.toUnsignedString(known.spec.boot()),
                    known.spec.name(),
                    known.spec.peerEndpoint(),
                    Long.toUnsignedString(joining.boot()));
        }
        if (joining.boot() == known.spec.boot()
                && !joining.peerEndpoint().equals(known.spec.peerEndpoint())) {
            throw conflict(
                    "member.id: %s is alive at %s, and now says to be at %s: its data directory"
                            + " was copied; give each member its own",
                    known.id, known.spec.peerEndpoint(), joining.peerEndpoint());
        }
    }

    private static Refusal conflict(String message, Object... fields) {
        return new Refusal(Refusal.Kind.CONFLICT, message.formatted(fields));
    }

    private List<String> warnings(Member member) {
        List<String> warnings = new ArrayList<>();
        for (Member other : members.named(member.spec.name())) {
            if (other != member && !other.gone) {
                warnings.add(
                        "name: '%s' is the name of two members, %s at %s and %s at %s; commands"
                                        .formatted(
                                                member.spec.name(),
                                                other.id,
                                                other.spec.peerEndpoint(),
                                                member.id,
                                                member.spec.peerEndpoint())
                                + " need the id, until one gets another name");
            }
        }
        return warnings;
    }

    /** It has said something: it is there. */
    void heard(Member member) {
        member.heardAt = tables.now;
        member.reportedAt = 0;
        if (member.suspect) {
            member.suspect = false;
            member.lost = false;
            members.refresh(member);
        }
    }

    /** Its inventory is complete: what it has not named again is swept. */
    void announced(Member member) {
        if (!member.announced) {
            member.announced = true;
            sweep.start();
        }
    }

    void leave(Command.Leave command) {
        Member member = members.byHandle(command.member());
        if (member == null) {
            return;
        }
        if (command.forGood()) {
            forget(member);
        } else {
            suspect(member);
        }
    }

    /**
     * One who can't reach a member may be cut off itself: a member that was heard since its last
     * heartbeat was due stays, until it misses the next.
     */
    void report(Command.ReportUnreachable command) {
        Member asking = members.byHandle(command.asking());
        Member member = members.byHandle(command.member());
        if (asking == null || asking.suspect || asking == member || member == null) {
            return;
        }
        member.reportedAt = tables.now;
        suspectIfReported(member);
    }

    private void suspectIfReported(Member member) {
        boolean missedHeartbeat = tables.now - member.heardAt > config.heartbeatMs() * 3 / 2;
        boolean recent =
                member.reportedAt != 0 && tables.now - member.reportedAt <= config.timeoutMs();
        if (missedHeartbeat && recent) {
            suspect(member);
        }
    }

    private void suspect(Member member) {
        if (!member.suspect) {
            member.suspect = true;
            members.refresh(member);
        }
    }

    void expire() {
        forgiveOwnSilence();
        members.forEach(this::expire);
    }

    /** Who did not look can't say that nobody spoke. */
    private void forgiveOwnSilence() {
        long gap = tables.now - tickedAt;
        if (tickedAt != 0 && gap > config.timeoutMs()) {
            members.forEach(member -> member.heardAt = Math.min(tables.now, member.heardAt + gap));
        }
        tickedAt = tables.now;
    }

    private void expire(Member member) {
        long silence = tables.now - member.heardAt;
        if (member.gone) {
            if (silence > 2 * config.forgetMs()) {
                members.remove(member);
            }
            return;
        }
        suspectIfReported(member);
        if (silence > config.timeoutMs()) {
            suspect(member);
        }
        if (member.suspect && !member.lost && silence > config.lossMs()) {
            member.lost = true;
            sweep.start();
        }
        if (silence > config.forgetMs()) {
            forget(member);
        }
    }

    private void forget(Member member) {
        drains.left(member);
        member.gone = true;
        member.forgetInventory();
        members.refresh(member);
        sweep.start();
    }

    void write(SnapshotWriter out) {
        out.putLong(tickedAt);
    }

    void read(SnapshotReader in) {
        tickedAt = in.getLong();
    }
}
