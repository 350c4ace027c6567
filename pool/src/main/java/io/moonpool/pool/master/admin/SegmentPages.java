// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpStatus;
import io.moonpool.pool.state.MemberView;
import java.util.List;
import java.util.stream.Collectors;

/** Which hosts give memory, how much, and how they are. */
final class SegmentPages {
    private static final double PERCENT = 100;

    private final PoolView pool;

    SegmentPages(PoolView pool) {
        this.pool = pool;
    }

    Answer names(Call call) throws AdminFailure {
        return Answer.figures(
                Segments.of(pool).stream()
                        .map(member -> member.spec().name() + "\n")
                        .collect(Collectors.joining()));
    }

    Answer details(Call call) throws AdminFailure {
        List<MemberView> segments = Segments.of(pool);
        ObjectNode answer = Answer.object().put("total_segments", segments.size());
        ArrayNode list = answer.putArray("segments");
        segments.forEach(member -> list.add(detail(member)));
        return Answer.json(answer);
    }

    private static ObjectNode detail(MemberView member) {
        long capacity = member.spec().capacityBytes();
        long used = Segments.usedBytes(member);
        String id = Names.of(member.spec().id());
        return Answer.object()
                .put("segment_name", member.spec().name())
                .put("segment_id", id)
                .put("client_id", id)
                // Addresses are offsets into the segment here, so that each begins at none.
                .put("base_address", "0x0")
                .put("size_bytes", capacity)
                .put("size_human", Segments.gib(capacity))
                .put("te_endpoint", Segments.endpoint(member))
                .put("protocol", member.spec().protocol())
                .put("status", Segments.status(member).name())
                .put("allocator_used_bytes", used)
                .put("allocator_capacity_bytes", capacity)
                .put("allocator_usage_percent", capacity > 0 ? PERCENT * used / capacity : 0);
    }

    Answer usage(Call call) throws AdminFailure {
        String name = call.parameter("segment");
        List<MemberView> members;
        try {
            members = Segments.named(pool, name);
        } catch (AdminFailure e) {
            if (e.error() == AdminError.SEGMENT_NOT_FOUND) {
                return Answer.figures(HttpStatus.INTERNAL_SERVER_ERROR, "Failed to query segment");
            }
            throw e;
        }
        return Answer.figures(
                "%s%nUsed(bytes): %d%nCapacity(bytes) : %d%n"
                        .formatted(
                                name,
                                members.stream().mapToLong(Segments::usedBytes).sum(),
                                members.stream()
                                        .mapToLong(member -> member.spec().capacityBytes())
                                        .sum()));
    }

    Answer status(Call call) throws AdminFailure {
        String name = call.parameter("segment");
        if (name.isEmpty()) {
            throw new AdminFailure(AdminError.INVALID_PARAMS, "Missing segment query parameter");
        }
        Segments.Status status = Segments.status(Segments.named(pool, name).getFirst());
        return Answer.json(
                Answer.success()
                        .put("segment", name)
                        .put("status", status.ordinal())
                        .put("status_name", status.name())
                        .put("error_code", 0)
                        .put("error_message", ""));
    }
}
