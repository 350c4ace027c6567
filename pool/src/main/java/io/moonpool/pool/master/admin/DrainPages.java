// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Moving everything away from hosts that are to leave. */
final class DrainPages {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SEGMENTS_MAX = 1_000;

    private final DrainJobs jobs;

    DrainPages(PoolView pool) {
        this.jobs = new DrainJobs(pool);
    }

    Answer create(Call call) throws AdminFailure {
        JsonNode body = body(call);
        JsonNode concurrency = body.path("max_concurrency");
        if (!concurrency.isMissingNode()
                && (!concurrency.isIntegralNumber() || concurrency.asLong() <= 0)) {
            throw new AdminFailure(AdminError.INVALID_PARAMS);
        }
        String id = jobs.create(names(body, "segments"), names(body, "target_segments"));
        return Answer.json(jobAnswer(id, DrainJobs.Status.CREATED));
    }

    private static ObjectNode jobAnswer(String id, DrainJobs.Status status) {
        return Answer.success()
                .put("job_id", id)
                .put("status", status.name())
                .put("error_code", 0)
                .put("error_message", "");
    }

    private static JsonNode body(Call call) throws AdminFailure {
        try {
            JsonNode body = JSON.readTree(call.body());
            if (body != null && body.isObject()) {
                return body;
            }
        } catch (JsonProcessingException e) {
            throw invalid(e.getOriginalMessage());
        }
        throw invalid("an object is expected");
    }

    private static AdminFailure invalid(String problem) {
        return new AdminFailure(AdminError.INVALID_PARAMS, "Invalid JSON body: " + problem);
    }

    private static List<String> names(JsonNode body, String field) throws AdminFailure {
        List<String> names = new ArrayList<>();
        JsonNode list = body.path(field);
        if (!list.isMissingNode() && !list.isArray() || list.size() > SEGMENTS_MAX) {
            throw invalid(field + " is no list of at most " + SEGMENTS_MAX + " names");
        }
        for (JsonNode name : list) {
            if (!name.isTextual()) {
                throw invalid(field + " holds something that is no name");
            }
            names.add(name.textValue());
        }
        return names;
    }

    Answer query(Call call) throws AdminFailure {
        DrainJobs.View job = jobs.query(call.parameter("job_id"));
        ObjectNode answer =
                Answer.success()
                        .put("job_id", job.id())
                        .put("type", 0)
                        .put("type_name", "DRAIN")
                        .put("status", job.status().ordinal())
                        .put("status_name", job.status().name())
                        .put("created_at_ms_epoch", job.createdAtMs())
                        .put("last_updated_at_ms_epoch", job.updatedAtMs());
        ArrayNode segments = answer.putArray("segments");
        job.segments().forEach(segments::add);
        return Answer.json(
                answer.put("succeeded_units", job.moved())
                        .put("failed_units", job.dropped())
                        .put("blocked_units", job.blocked())
                        .put("active_units", job.left())
                        .put("migrated_bytes", job.movedBytes())
                        .put("message", message(job))
                        .put("error_code", 0)
                        .put("error_message", ""));
    }

    private static String message(DrainJobs.View job) {
        return switch (job.status()) {
            case SUCCEEDED -> "Drain job completed";
            case CANCELED -> "Drain job canceled";
            case FAILED -> "a member was silent for so long that it is forgotten";
            default -> "Drain job running";
        };
    }

    Answer cancel(Call call) throws AdminFailure {
        String id = call.parameter("job_id");
        jobs.cancel(id);
        return Answer.json(jobAnswer(id, DrainJobs.Status.CANCELED));
    }
}
