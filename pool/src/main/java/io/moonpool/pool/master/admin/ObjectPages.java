// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpStatus;
import io.moonpool.pool.state.KeyView;
import io.moonpool.pool.state.MemberView;
import io.moonpool.pool.state.ReplicaView;
import io.moonpool.pool.state.Tier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Where objects are, and away with all of them. */
final class ObjectPages {
    private static final int KEYS_MAX = 1_000;

    private final PoolView pool;

    ObjectPages(PoolView pool) {
        this.pool = pool;
    }

    Answer one(Call call) throws AdminFailure {
        List<KeyView> found = pool.find(call.parameter("key"));
        if (found.isEmpty()) {
            throw new AdminFailure(AdminError.OBJECT_NOT_FOUND);
        }
        ObjectNode answer = Answer.success();
        addReplicas(answer.putArray("data"), found, Tier.MEMORY, byHandle());
        return Answer.json(answer);
    }

    Answer several(Call call) throws AdminFailure {
        String keys = call.parameter("keys");
        if (keys.isEmpty()) {
            return Answer.json(
                    HttpStatus.BAD_REQUEST,
                    Answer.object()
                            .put("success", false)
                            .put("error", "No keys provided. Use ?keys=key1,key2,..."));
        }
        // Each once and in order, as the map of Mooncake's answer has them.
        TreeSet<String> asked = new TreeSet<>(Arrays.asList(keys.split(",", -1)));
        if (asked.size() > KEYS_MAX) {
            throw new AdminFailure(
                    AdminError.INVALID_PARAMS, "at most " + KEYS_MAX + " keys in one call");
        }
        Map<Integer, MemberView> members = byHandle();
        ObjectNode answer = Answer.success();
        ObjectNode data = answer.putObject("data");
        for (String key : asked) {
            data.set(key, result(pool.find(key), members));
        }
        return Answer.json(answer);
    }

    private static ObjectNode result(List<KeyView> found, Map<Integer, MemberView> members) {
        ObjectNode result = Answer.object().put("ok", !found.isEmpty());
        if (found.isEmpty()) {
            result.put("error", AdminError.OBJECT_NOT_FOUND.name()).putNull("values");
        } else {
            addReplicas(result.putNull("error").putArray("values"), found, Tier.MEMORY, members);
        }
        result.putNull("disk_values");
        if (has(found, Tier.SSD)) {
            addReplicas(result.putArray("local_disk_values"), found, Tier.SSD, members);
        } else {
            result.putNull("local_disk_values");
        }
        return result.putNull("nof_values");
    }

    private static boolean has(List<KeyView> found, Tier tier) {
        return found.stream()
                .flatMap(key -> key.replicas().stream())
                .anyMatch(replica -> replica.tier() == tier);
    }

    private static void addReplicas(
            ArrayNode list, List<KeyView> found, Tier tier, Map<Integer, MemberView> members) {
        for (KeyView key : found) {
            for (ReplicaView replica : key.replicas()) {
                MemberView member = members.get(replica.member());
                if (replica.tier() == tier && member != null) {
                    list.add(replica(key, replica, member));
                }
            }
        }
    }

    private static ObjectNode replica(KeyView key, ReplicaView replica, MemberView member) {
        long bytes = key.layout().objectBytes();
        if (replica.tier() == Tier.SSD) {
            return Answer.object()
                    .put("client_id", Names.of(member.spec().id()))
                    .put("object_size", bytes)
                    .put("transport_endpoint", Segments.endpoint(member));
        }
        return Answer.object()
                .put("size_", bytes)
                // The owner alone knows where its slots are; this is its number of the object.
                .put("buffer_address_", replica.number())
                .put("protocol_", member.spec().protocol())
                .put("transport_endpoint_", Segments.endpoint(member));
    }

    private Map<Integer, MemberView> byHandle() throws AdminFailure {
        return pool.members().stream()
                .collect(Collectors.toMap(MemberView::member, Function.identity()));
    }

    Answer removeAll(Call call) throws AdminFailure {
        return Answer.json(
                Answer.success().put("removed_count", pool.removeAll(call.parameter("tenant_id"))));
    }
}
