// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/** A member's fields in a snapshot. */
final class MemberSnapshot {

    private MemberSnapshot() {}

    static void write(Member member, SnapshotWriter out) {
        writeSpec(member.spec, out);
        out.putInt(member.handle);
        out.putBoolean(member.announced);
        out.putBoolean(member.suspect);
        out.putBoolean(member.lost);
        out.putBoolean(member.gone);
        out.putLong(member.firstJoinedAt);
        out.putLong(member.joinedAt);
        out.putLong(member.heardAt);
        out.putLong(member.reportedAt);
        out.putLong(member.capacityBytes);
        out.putLong(member.freeBytes);
        out.putLong(member.nextSequence);
        out.putLong(member.floorsTold);
        out.putLong(member.removalDone);
        out.putLong(member.objects);
        out.putLong(member.memoryBytes);
        out.putLong(member.ssdBytes);
        writeDrain(member.drain, out);
        out.putInt(member.layoutCount);
        for (int i = 0; i < member.layoutCount; i++) {
            out.putInt(member.layout(i));
        }
    }

    private static void writeSpec(MemberSpec spec, SnapshotWriter out) {
        out.putId(spec.id());
        out.putString(spec.name());
        out.putString(spec.peerEndpoint());
        out.putStrings(spec.transferEndpoints());
        out.putString(spec.protocol());
        out.putLong(spec.capacityBytes());
        out.putLong(spec.freeBytes());
        out.putLong(spec.boot());
    }

    private static void writeDrain(Drain drain, SnapshotWriter out) {
        out.putBoolean(drain != null);
        if (drain != null) {
            out.putStrings(drain.targets);
            out.putLong(drain.moved);
            out.putLong(drain.dropped);
            out.putLong(drain.bytesMoved);
            out.putBoolean(drain.finished);
        }
    }

    static Member read(int slot, SnapshotReader in) {
        MemberSpec spec = readSpec(in);
        Member member = new Member(slot, spec.id());
        member.spec = spec;
        member.handle = in.getInt();
        member.announced = in.getBoolean();
        member.suspect = in.getBoolean();
        member.lost = in.getBoolean();
        member.gone = in.getBoolean();
        member.firstJoinedAt = in.getLong();
        member.joinedAt = in.getLong();
        member.heardAt = in.getLong();
        member.reportedAt = in.getLong();
        member.capacityBytes = in.getLong();
        member.freeBytes = in.getLong();
        member.nextSequence = in.getLong();
        member.floorsTold = in.getLong();
        member.removalDone = in.getLong();
        member.objects = in.getLong();
        member.memoryBytes = in.getLong();
        member.ssdBytes = in.getLong();
        member.drain = readDrain(in);
        int layouts = in.getCount(Member.LAYOUTS_MAX, "layouts of a member");
        for (int i = 0; i < layouts; i++) {
            member.addLayout(in.getInt());
        }
        return member;
    }

    private static MemberSpec readSpec(SnapshotReader in) {
        return new MemberSpec(
                in.getId(),
                in.getString(),
                in.getString(),
                in.getStrings(),
                in.getString(),
                in.getLong(),
                in.getLong(),
                in.getLong());
    }

    private static Drain readDrain(SnapshotReader in) {
        if (!in.getBoolean()) {
            return null;
        }
        Drain drain = new Drain(in.getStrings());
        drain.moved = in.getLong();
        drain.dropped = in.getLong();
        drain.bytesMoved = in.getLong();
        drain.finished = in.getBoolean();
        return drain;
    }
}
