// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.pool.harness.Http;
import io.moonpool.pool.harness.Http.Reply;
import io.moonpool.pool.state.MemberState;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every page over HTTP, word for word against what the real mooncake_master 0.3.13 answers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdminServerTest {
    private static final String JSON = "application/json; charset=utf-8";
    private static final String FIGURES = "text/plain; version=0.0.4";
    private static final String DRAINS = "/api/v1/drain_jobs";
    private static final String QUOTAS = "/api/v1/tenant_quotas";

    private final FakePool pool = new FakePool();
    private final AtomicLong nanos = new AtomicLong();
    private final Summary summary = new Summary(pool, nanos::get);
    private final AdminServer plain = new AdminServer(pool, summary, "test", false);
    private final AdminServer withQuotas = new AdminServer(pool, summary, "test", true);
    private int plainPort;
    private int quotasPort;
    private int port;

    @BeforeAll
    void start() {
        plainPort = plain.start(new InetSocketAddress("127.0.0.1", 0));
        quotasPort = withQuotas.start(new InetSocketAddress("127.0.0.1", 0));
    }

    @AfterAll
    void stop() {
        plain.close();
        withQuotas.close();
    }

    @BeforeEach
    void reset() {
        port = plainPort;
        pool.reset();
    }

    private void switchQuotasOn() {
        port = quotasPort;
    }

    @Test
    void saysWhoItIs() throws Exception {
        assertThat(get("/health"))
                .isEqualTo(
                        new Reply(
                                200,
                                JSON,
                                "{\"status\":\"ok\",\"role\":\"leader\",\"ha_state\":\"serving\","
                                        + "\"service_ready\":true,\"leader_address\":null,"
                                        + "\"view_version\":null}"));
        assertThat(get("/role").body()).isEqualTo("leader");
        assertThat(get("/ha_status").body()).isEqualTo("serving");
        assertThat(get("/leader").body())
                .isEqualTo("{\"present\":false,\"leader_address\":null,\"view_version\":null}");
        assertThat(get("/kv_events/status").body())
                .isEqualTo(
                        "{\"enabled\":false,\"published_batches\":0,\"published_events\":0,"
                                + "\"dropped_events\":0,\"skipped_unparsed_keys\":0}");
    }

    @Test
    void linksToPagesThatAnswer() throws Exception {
        switchQuotasOn();
        Reply links = get("/");
        assertThat(links.type()).startsWith("text/html");
        List<String> paths =
                links.body()
                        .lines()
                        .filter(line -> line.contains("href"))
                        .map(line -> line.replaceAll(".*href=\"([^\"]*)\".*", "$1"))
                        .toList();
        assertThat(paths).contains("/metrics", "/health", "/get_all_segments");
        for (String path : paths) {
            assertThat(get(path).status()).as(path).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/nothing",
        "POST,/metrics",
        "GET,/api/v1/remove_all",
        "HEAD,/health",
        "DELETE,/api/v1/drain_jobs",
        "GET,/health/",
        "POST,/"
    })
    void answersEverythingElseWith404(String method, String path) throws Exception {
        Reply reply = Http.send(method, port, path, "");
        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.body()).isEqualTo(method.equals("HEAD") ? "" : "404 Not Found");
    }

    @Test
    void findsAnObjectByItsNameAndByItsHash() throws Exception {
        String replica =
                "{\"size_\":4096,\"buffer_address_\":41,\"protocol_\":\"tcp\","
                        + "\"transport_endpoint_\":\"host1:2\"}";
        String name = Names.of(FakePool.key(2));
        Reply found = new Reply(200, JSON, "{\"success\":true,\"data\":[" + replica + "]}");
        assertThat(get("/query_key?key=" + name)).isEqualTo(found);
        assertThat(get("/query_key?key=" + name.replace(":", "%3A"))).isEqualTo(found);
        assertThat(get("/query_key?key=" + FakePool.key(2).hash())).isEqualTo(found);
    }

    @ParameterizedTest
    @ValueSource(strings = {"?key=absent", "", "?key=", "?other=1"})
    void answersAnUnknownObjectAsMooncakeDoes(String query) throws Exception {
        assertThat(get("/query_key" + query))
                .isEqualTo(
                        new Reply(
                                404,
                                JSON,
                                "{\"success\":false,\"error_code\":-704,"
                                        + "\"error_message\":\"OBJECT_NOT_FOUND\"}"));
    }

    @Test
    void findsSeveralObjects() throws Exception {
        String hash = FakePool.key(1).hash().toString();
        assertThat(get("/batch_query_keys?keys=" + hash + ",zz").body())
                .isEqualTo(
                        "{\"success\":true,\"data\":{\""
                                + hash
                                + "\":{\"ok\":true,\"error\":null,\"values\":[{\"size_\":4096,"
                                + "\"buffer_address_\":41,\"protocol_\":\"tcp\","
                                + "\"transport_endpoint_\":\"host1:2\"}],\"disk_values\":null,"
                                + "\"local_disk_values\":[{\"client_id\":\"8-3\","
                                + "\"object_size\":4096,\"transport_endpoint\":\"host2:2\"}],"
                                + "\"nof_values\":null},\"zz\":{\"ok\":false,"
                                + "\"error\":\"OBJECT_NOT_FOUND\",\"values\":null,"
                                + "\"disk_values\":null,\"local_disk_values\":null,"
                                + "\"nof_values\":null}}}");
        assertThat(get("/batch_query_keys"))
                .isEqualTo(
                        new Reply(
                                400,
                                JSON,
                                "{\"success\":false,"
                                        + "\"error\":\"No keys provided. Use ?keys=key1,key2,...\"}"));
    }

    @Test
    void listsEveryKeyHoweverMany() throws Exception {
        assertThat(get("/get_all_keys"))
                .extracting(Reply::status, Reply::type)
                .containsExactly(200, FIGURES);
        pool.keyCount = 25_001;
        List<String> lines = get("/get_all_keys").body().lines().toList();
        assertThat(lines).hasSize(25_001).doesNotHaveDuplicates();
        assertThat(lines.getLast()).isEqualTo(Names.of(FakePool.key(25_000)));
    }

    @Test
    void showsMembersThatGiveMemoryAsSegments() throws Exception {
        assertThat(get("/get_all_segments")).isEqualTo(new Reply(200, FIGURES, "host1\nhost2\n"));
        assertThat(get("/get_segments_detail").body())
                .startsWith(
                        "{\"total_segments\":2,\"segments\":[{\"segment_name\":\"host1\","
                                + "\"segment_id\":\"7-18446744073709551614\","
                                + "\"client_id\":\"7-18446744073709551614\","
                                + "\"base_address\":\"0x0\",\"size_bytes\":1073741824,"
                                + "\"size_human\":\"1 GiB\",\"te_endpoint\":\"host1:2\","
                                + "\"protocol\":\"tcp\",\"status\":\"OK\","
                                + "\"allocator_used_bytes\":536870912,"
                                + "\"allocator_capacity_bytes\":1073741824,"
                                + "\"allocator_usage_percent\":50.0}");
        assertThat(get("/query_segment?segment=host1"))
                .isEqualTo(
                        new Reply(
                                200,
                                FIGURES,
                                "host1\nUsed(bytes): 536870912\nCapacity(bytes) : 1073741824\n"));
        assertThat(get("/query_segment?segment=no"))
                .isEqualTo(new Reply(500, FIGURES, "Failed to query segment"));
    }

    @ParameterizedTest
    @CsvSource({
        "LIVE,1,OK",
        "ANNOUNCING,1,OK",
        "DRAINING,2,DRAINING",
        "DRAINED,3,DRAINED",
        "SUSPECT,5,UNMOUNTING"
    })
    void showsASegmentsStatus(MemberState state, int code, String name) throws Exception {
        pool.states.put(FakePool.FIRST, state);
        assertThat(get("/api/v1/segments/status?segment=host1").body())
                .isEqualTo(
                        "{\"success\":true,\"segment\":\"host1\",\"status\":"
                                + code
                                + ",\"status_name\":\""
                                + name
                                + "\",\"error_code\":0,\"error_message\":\"\"}");
    }

    @Test
    void refusesTheStatusOfNoSegment() throws Exception {
        assertThat(get("/api/v1/segments/status?segment=x"))
                .isEqualTo(failure(404, -101, "SEGMENT_NOT_FOUND"));
        assertThat(get("/api/v1/segments/status"))
                .isEqualTo(failure(400, -600, "Missing segment query parameter"));
    }

    @Test
    void drainsAMemberAndFindsTheJobAgainAfterARestart() throws Exception {
        String id = "7-18446744073709551614";
        assertThat(
                        post(
                                DRAINS,
                                "{\"segments\":[\"host1\"],\"target_segments\":[\"host2\"],"
                                        + "\"max_concurrency\":4}"))
                .isEqualTo(
                        new Reply(
                                200,
                                JSON,
                                "{\"success\":true,\"job_id\":\""
                                        + id
                                        + "\",\"status\":\"CREATED\",\"error_code\":0,"
                                        + "\"error_message\":\"\"}"));
        assertThat(pool.calls)
                .containsExactly("drain " + FakePool.FIRST + " [" + FakePool.SECOND + "]");
        switchQuotasOn(); // A server that has never heard of the job.
        pool.progress(FakePool.FIRST, MemberState.DRAINING, 1, 2);
        assertThat(get(DRAINS + "/query?job_id=" + id).body())
                .startsWith(
                        "{\"success\":true,\"job_id\":\""
                                + id
                                + "\",\"type\":0,\"type_name\":\"DRAIN\",\"status\":2,"
                                + "\"status_name\":\"RUNNING\",\"created_at_ms_epoch\":")
                .endsWith(
                        "\"segments\":[\"host1\"],\"succeeded_units\":2,\"failed_units\":0,"
                                + "\"blocked_units\":0,\"active_units\":1,"
                                + "\"migrated_bytes\":8192,\"message\":\"Drain job running\","
                                + "\"error_code\":0,\"error_message\":\"\"}");
        pool.progress(FakePool.FIRST, MemberState.DRAINED, 0, 3);
        assertThat(get(DRAINS + "/query?job_id=" + id).body())
                .contains("\"status\":3,\"status_name\":\"SUCCEEDED\"");
        assertThat(post(DRAINS + "/cancel?job_id=" + id, ""))
                .isEqualTo(failure(409, -1010, "UNAVAILABLE_IN_CURRENT_STATUS"));
    }

    @Test
    void cancelsADrainOfSeveral() throws Exception {
        pool.secondName = "host9";
        String created = post(DRAINS, "{\"segments\":[\"host1\",\"host9\"]}").body();
        String id = created.replaceAll(".*\"job_id\":\"([^\"]*)\".*", "$1");
        assertThat(post(DRAINS + "/cancel?job_id=" + id, "").body())
                .isEqualTo(
                        "{\"success\":true,\"job_id\":\""
                                + id
                                + "\",\"status\":\"CANCELED\",\"error_code\":0,"
                                + "\"error_message\":\"\"}");
        assertThat(pool.calls).contains("cancel " + FakePool.FIRST, "cancel " + FakePool.SECOND);
        assertThat(get(DRAINS + "/query?job_id=" + id).body()).contains("CANCELED");
        assertThat(post(DRAINS + "/cancel?job_id=" + id, "").status()).isEqualTo(409);
    }

    @Test
    void saysWhenADrainCanNotGoOn() throws Exception {
        post(DRAINS, "{\"segments\":[\"host1\"]}");
        pool.progress(FakePool.FIRST, MemberState.SUSPECT, 4, 1);
        assertThat(get(DRAINS + "/query?job_id=7-18446744073709551614").body())
                .contains("RUNNING", "\"blocked_units\":4,\"active_units\":0");
        pool.progress(FakePool.FIRST, MemberState.GONE, 4, 1);
        assertThat(get(DRAINS + "/query?job_id=7-18446744073709551614").body()).contains("FAILED");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "junk | 400 | -600",
                "[] | 400 | -600",
                "{} | 400 | -600",
                "{\"segments\":\"host1\"} | 400 | -600",
                "{\"segments\":[1]} | 400 | -600",
                "{\"segments\":[\"host1\",\"host1\"]} | 400 | -600",
                "{\"segments\":[\"host1\"],\"max_concurrency\":0} | 400 | -600",
                "{\"segments\":[\"host1\"],\"target_segments\":[\"host1\"]} | 400 | -600",
                "{\"segments\":[\"x\"]} | 404 | -101",
                "{\"segments\":[\"client\"]} | 404 | -101",
                "{\"segments\":[\"host1\"],\"target_segments\":[\"x\"]} | 404 | -101",
                "{\"segments\":[\"host2\"]} | 409 | -1010",
            })
    void refusesDrainsAsMooncakeDoes(String body, int status, int code) throws Exception {
        pool.states.put(FakePool.SECOND, MemberState.DRAINING);
        Reply reply = post(DRAINS, body);
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.body())
                .startsWith("{\"success\":false,\"error_code\":" + code + ",\"error_message\":\"");
        assertThat(pool.calls).isEmpty();
    }

    @Test
    void asksWhichOfTwoMembersWithOneName() throws Exception {
        pool.secondName = "host1";
        assertThat(post(DRAINS, "{\"segments\":[\"host1\"]}").body())
                .contains(FakePool.FIRST.toString(), FakePool.SECOND.toString());
        assertThat(post(DRAINS, "{\"segments\":[\"" + FakePool.SECOND + "\"]}").status())
                .isEqualTo(200);
    }

    @Test
    void refusesUnknownJobs() throws Exception {
        assertThat(get(DRAINS + "/query?job_id=1-2"))
                .isEqualTo(failure(404, -1402, "JOB_NOT_FOUND"));
        assertThat(post(DRAINS + "/cancel?job_id=1-2", ""))
                .isEqualTo(failure(404, -1402, "JOB_NOT_FOUND"));
        for (String id : List.of("", "?job_id=", "?job_id=x", "?job_id=99999999999999999999-1")) {
            assertThat(get(DRAINS + "/query" + id))
                    .isEqualTo(failure(400, -600, "Missing or invalid job_id"));
        }
    }

    @Test
    void refusesQuotasWhileTheyAreOff() throws Exception {
        Reply off = failure(409, -1011, "UNAVAILABLE_IN_CURRENT_MODE");
        assertThat(get(QUOTAS)).isEqualTo(off);
        assertThat(get(QUOTAS + "?tenant_id=a")).isEqualTo(off);
        assertThat(put("?tenant_id=a", "{\"requested_quota_bytes\":5}")).isEqualTo(off);
        assertThat(Http.send("DELETE", port, QUOTAS + "?tenant_id=a", "")).isEqualTo(off);
        assertThat(put("", "{\"requested_quota_bytes\":5}"))
                .isEqualTo(failure(400, -600, "Missing or invalid tenant_id"));
    }

    @Test
    void setsShowsAndRemovesQuotas() throws Exception {
        switchQuotasOn();
        String shown =
                "{\"tenant_id\":\"a\",\"requested_quota_bytes\":5,\"effective_quota_bytes\":5,"
                        + "\"charged_bytes\":0,\"admission_closed\":false,\"over_quota\":false,"
                        + "\"has_explicit_policy\":true}";
        assertThat(put("?tenant_id=a", "{\"requested_quota_bytes\":5}"))
                .isEqualTo(new Reply(200, JSON, "{\"success\":true,\"data\":" + shown + "}"));
        assertThat(get(QUOTAS + "?tenant_id=a").body()).contains(shown);
        assertThat(get(QUOTAS).body())
                .startsWith("{\"success\":true,\"data\":[{\"tenant_id\":\"default\"")
                .endsWith("," + shown + "]}");
        assertThat(Http.send("DELETE", port, QUOTAS + "?tenant_id=a", "").body())
                .isEqualTo("{\"success\":true,\"data\":null}");
        assertThat(get(QUOTAS + "?tenant_id=a"))
                .isEqualTo(failure(404, -1701, "TENANT_NOT_REGISTERED"));
        assertThat(Http.send("DELETE", port, QUOTAS + "?tenant_id=default", ""))
                .isEqualTo(failure(409, -1702, "TENANT_NOT_EMPTY"));
    }

    @Test
    void shrinksQuotasThatPromiseMoreThanThereIs() throws Exception {
        switchQuotasOn();
        pool.quotas.put("default", 1024L);
        pool.quotas.put("big", Long.MAX_VALUE);
        assertThat(get(QUOTAS + "?tenant_id=big").body())
                .contains("\"effective_quota_bytes\":3221225471,");
        assertThat(get(QUOTAS + "?tenant_id=default").body())
                .contains("\"admission_closed\":true,\"over_quota\":true");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"requested_quota_bytes\":0} | must be in [1, 2^63 - 1] bytes",
                "{\"requested_quota_bytes\":-1} | must be in [1, 2^63 - 1] bytes",
                "{\"requested_quota_bytes\":9223372036854775808} | must be in [1, 2^63 - 1] bytes",
                "{\"requested_quota_bytes\":\"5\"} | Invalid JSON body",
                "{\"requested_quota_bytes\":1.5} | Invalid JSON body",
                "{} | Invalid JSON body",
                "junk | Invalid JSON body",
            })
    void refusesQuotasThatAreNone(String body, String words) throws Exception {
        switchQuotasOn();
        Reply reply = put("?tenant_id=a", body);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).contains("\"error_code\":-600", words);
        assertThat(pool.quotas).isEmpty();
    }

    @Test
    void removesEverythingOrWhatOneTenantHas() throws Exception {
        assertThat(post("/api/v1/remove_all?force=true", "").body())
                .isEqualTo("{\"success\":true,\"removed_count\":5}");
        post("/api/v1/remove_all?tenant_id=red", "");
        assertThat(pool.calls).containsExactly("remove ", "remove red");
    }

    @Test
    void saysSoWhenTheDirectoryIsLate() throws Exception {
        pool.late = true;
        assertThat(get("/get_all_segments"))
                .isEqualTo(failure(503, -1011, "service plane is not active"));
        assertThat(get("/health").status()).isEqualTo(200);
        assertThat(get("/metrics").body())
                .contains("moonpool_directory_answering 0.0")
                .doesNotContain("master_key_count");
    }

    @Test
    void exportsMooncakesNamesAndOurs() throws Exception {
        switchQuotasOn();
        pool.quotas.put("a", 5L);
        pool.states.put(FakePool.SECOND, MemberState.SUSPECT);
        Reply metrics = get("/metrics");
        assertThat(metrics.type()).isEqualTo(FIGURES);
        assertThat(metrics.body().lines())
                .contains(
                        "master_allocated_bytes 5.36870912E8",
                        "master_total_capacity_bytes 3.221225472E9",
                        "master_key_count 5.0",
                        "master_active_clients 2.0",
                        "master_batch_put_end_items_total 1000.0",
                        "segment_allocated_bytes{segment=\"host1\"} 5.36870912E8",
                        "mooncake_tenant_quota_requested_bytes{tenant_id=\"a\"} 5.0",
                        "moonpool_directory_objects 5.0",
                        "moonpool_directory_members{state=\"suspect\"} 1.0",
                        "moonpool_directory_published_total 1000.0",
                        "moonpool_directory_answering 1.0");
    }

    @Test
    void putsThePoolInALine() throws Exception {
        nanos.set(TimeUnit.SECONDS.toNanos(10));
        assertThat(get("/metrics/summary"))
                .isEqualTo(
                        new Reply(
                                200,
                                FIGURES,
                                "role=leader, state=serving, service_ready=true, master={Mem"
                                        + " Storage: 512.00 MB / 3.00 GB (16.7%) | SSD Storage: 8.00"
                                        + " KB | Keys: 5 (soft-pinned: 1) | Clients: 3 | Items (per"
                                        + " sec): Published=100.00, Retracted=1.00}"));
        assertThat(summary.advance())
                .first()
                .asString()
                .startsWith("Master Metrics: Storage: 512.00 MB / 3.00 GB | Keys: 5 | ");
    }

    private static Reply failure(int status, int code, String message) {
        return new Reply(
                status,
                JSON,
                "{\"success\":false,\"error_code\":%d,\"error_message\":\"%s\"}"
                        .formatted(code, message));
    }

    private Reply get(String path) throws Exception {
        return Http.get(port, path);
    }

    private Reply post(String path, String body) throws Exception {
        return Http.send("POST", port, path, body);
    }

    private Reply put(String query, String body) throws Exception {
        return Http.send("PUT", port, QUOTAS + query, body);
    }
}
