// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.moonpool.pool.http.BoundedServer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin pages, each at exactly its path and method; everything else is 404, as in Mooncake. A
 * call may wait for the directory, so each has a virtual thread.
 */
public final class AdminServer implements HttpService, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
    private static final String ALL_KEYS = "/get_all_keys";
    private static final int CONNECTIONS_MAX = 256;
    private static final int REQUEST_BYTES_MAX = 1 << 20;
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(5);

    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Page> pages = new HashMap<>();
    private final KeyListing listing;
    private BoundedServer server;

    /** {@code quotas} is Mooncake's --enable_multi_tenants. */
    public AdminServer(PoolView pool, Summary summary, String version, boolean quotas) {
        listing = new KeyListing(pool);
        addStatus();
        FigurePages figures = new FigurePages(pool, summary, version, quotas);
        get("/metrics", figures::metrics);
        get("/metrics/summary", figures::summary);
        ObjectPages objects = new ObjectPages(pool);
        get("/query_key", objects::one);
        get("/batch_query_keys", objects::several);
        add(HttpMethod.POST, "/api/v1/remove_all", objects::removeAll);
        SegmentPages segments = new SegmentPages(pool);
        get("/get_all_segments", segments::names);
        get("/get_segments_detail", segments::details);
        get("/query_segment", segments::usage);
        get("/api/v1/segments/status", segments::status);
        addJobs(new DrainPages(pool));
        addQuotas(new QuotaPages(pool, quotas));
    }

    private void addStatus() {
        get("/", StatusPages::links);
        get("/health", StatusPages::health);
        get("/role", StatusPages::role);
        get("/ha_status", StatusPages::state);
        get("/leader", StatusPages::leader);
        get("/kv_events/status", StatusPages::events);
    }

    private void addJobs(DrainPages drains) {
        add(HttpMethod.POST, "/api/v1/drain_jobs", drains::create);
        get("/api/v1/drain_jobs/query", drains::query);
        add(HttpMethod.POST, "/api/v1/drain_jobs/cancel", drains::cancel);
    }

    private void addQuotas(QuotaPages quotas) {
        get("/api/v1/tenant_quotas", quotas::get);
        add(HttpMethod.PUT, "/api/v1/tenant_quotas", quotas::put);
        add(HttpMethod.DELETE, "/api/v1/tenant_quotas", quotas::delete);
    }

    private void get(String path, Page page) {
        add(HttpMethod.GET, path, page);
    }

    private void add(HttpMethod method, String path, Page page) {
        pages.put(method + " " + path, page);
    }

    /** Returns the port; fails with a CompletionException when it can't be had. */
    public int start(InetSocketAddress address) {
        server =
                BoundedServer.start(
                        Server.builder()
                                .http(address)
                                .serviceUnder("/", this)
                                .maxRequestLength(REQUEST_BYTES_MAX)
                                .requestTimeout(REQUEST_TIMEOUT)
                                .idleTimeout(IDLE_TIMEOUT),
                        "moonpool-admin",
                        CONNECTIONS_MAX);
        return server.port();
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
        if (request.method() == HttpMethod.GET && context.path().equals(ALL_KEYS)) {
            // As long as there are keys and the reader takes them.
            context.clearRequestTimeout();
            return listing.start(executor);
        }
        Page page = pages.get(request.method() + " " + context.path());
        if (page == null) {
            return Answer.notFound().response();
        }
        return HttpResponse.of(
                request.aggregate()
                        .thenApplyAsync(whole -> answer(page, context, whole), executor));
    }

    private static HttpResponse answer(
            Page page, ServiceRequestContext context, AggregatedHttpRequest request) {
        try {
            return page.answer(new Call(context.queryParams(), request.contentUtf8())).response();
        } catch (AdminFailure e) {
            return Answer.failure(e).response();
        } catch (RuntimeException e) {
            LOG.error("an admin page failed: {}", context.path(), e);
            return Answer.failure(new AdminFailure(AdminError.INTERNAL_ERROR)).response();
        }
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
        executor.shutdownNow();
    }
}
