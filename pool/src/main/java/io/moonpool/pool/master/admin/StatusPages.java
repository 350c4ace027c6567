// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Who this master is. There is one, so it leads, and it serves while it answers. */
final class StatusPages {
    private static final List<String> LINKS =
            List.of(
                    "/metrics",
                    "/metrics/summary",
                    "/health",
                    "/role",
                    "/ha_status",
                    "/leader",
                    "/get_all_segments",
                    "/get_segments_detail",
                    "/get_all_keys",
                    "/api/v1/tenant_quotas",
                    "/kv_events/status");

    private StatusPages() {}

    static Answer health(Call call) {
        ObjectNode health =
                Answer.object()
                        .put("status", "ok")
                        .put("role", "leader")
                        .put("ha_state", "serving")
                        .put("service_ready", true);
        health.putNull("leader_address").putNull("view_version");
        return Answer.json(health);
    }

    static Answer role(Call call) {
        return Answer.text("leader");
    }

    static Answer state(Call call) {
        return Answer.text("serving");
    }

    static Answer leader(Call call) {
        ObjectNode leader = Answer.object().put("present", false);
        leader.putNull("leader_address").putNull("view_version");
        return Answer.json(leader);
    }

    static Answer events(Call call) {
        return Answer.json(
                Answer.object()
                        .put("enabled", false)
                        .put("published_batches", 0)
                        .put("published_events", 0)
                        .put("dropped_events", 0)
                        .put("skipped_unparsed_keys", 0));
    }

    static Answer links(Call call) {
        StringBuilder page = new StringBuilder("<!DOCTYPE html><title>moonpool master</title>\n");
        page.append("<h1>moonpool master</h1>\n<ul>\n");
        for (String link : LINKS) {
            page.append("<li><a href=\"%s\">%s</a></li>%n".formatted(link, link));
        }
        return Answer.html(page.append("</ul>\n").toString());
    }
}
