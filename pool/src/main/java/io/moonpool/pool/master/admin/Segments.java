// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import io.moonpool.pool.state.MemberState;
import io.moonpool.pool.state.MemberView;
import java.util.List;
import java.util.Locale;

/** Members as Mooncake's segments: each that gives memory to others is one. */
final class Segments {
    private static final double GIB = 1L << 30;

    /** Mooncake's SegmentStatus, in its order. */
    enum Status {
        UNDEFINED,
        OK,
        DRAINING,
        DRAINED,
        GRACEFULLY_UNMOUNTING,
        UNMOUNTING
    }

    private Segments() {}

    static List<MemberView> of(PoolView pool) throws AdminFailure {
        return pool.members().stream()
                .filter(member -> member.spec().capacityBytes() > 0 || member.memoryBytes() > 0)
                .filter(member -> member.state() != MemberState.GONE)
                .toList();
    }

    /** By name, or by id in hexadecimal; several members may have one name. */
    static List<MemberView> named(PoolView pool, String name) throws AdminFailure {
        List<MemberView> found =
                of(pool).stream()
                        .filter(member ->
                                member.spec().name().equals(name)
                                        || member.spec().id().toString().equals(name))
                        .toList();
        if (found.isEmpty()) {
            throw new AdminFailure(AdminError.SEGMENT_NOT_FOUND);
        }
        return found;
    }

    /** A member that is silent is to Mooncake's tools a segment on its way out. */
    static Status status(MemberView member) {
        return switch (member.state()) {
            case ANNOUNCING, LIVE -> Status.OK;
            case DRAINING -> Status.DRAINING;
            case DRAINED -> Status.DRAINED;
            case SUSPECT, GONE -> Status.UNMOUNTING;
        };
    }

    static long usedBytes(MemberView member) {
        long free = Math.min(member.spec().freeBytes(), member.spec().capacityBytes());
        return Math.max(member.spec().capacityBytes() - free, 0);
    }

    static String endpoint(MemberView member) {
        List<String> endpoints = member.spec().transferEndpoints();
        return endpoints.isEmpty() ? member.spec().peerEndpoint() : endpoints.getFirst();
    }

    static String gib(long bytes) {
        String number = String.format(Locale.ROOT, "%.6g", bytes / GIB);
        String trimmed = number.contains(".") ? number.replaceAll("0+$", "") : number;
        return trimmed.replaceAll("\\.$", "") + " GiB";
    }
}
