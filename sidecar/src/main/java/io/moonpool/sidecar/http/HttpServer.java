// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.http;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import io.moonpool.pool.http.BoundedServer;
import io.moonpool.pool.settings.ConfigException;
import io.moonpool.sidecar.config.HttpAddress;
import io.moonpool.sidecar.store.StoreControl;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /metrics}, {@code /healthz} (the store's thread turned within the last second: restart the
 * process if not) and {@code /readyz} (engines can attach). A server of its own, so that what
 * listens on TCP can't reach the control plane.
 */
public final class HttpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
    private static final long HEALTH_DEADLINE_S = 1;
    private static final int CONNECTIONS_MAX = 256;
    private static final MediaType METRICS =
            MediaType.parse("text/plain; version=0.0.4; charset=utf-8");

    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final MetricsPage metrics;
    private final StoreControl store;
    private final Readiness readiness;
    private BoundedServer server;

    public HttpServer(MetricsPage metrics, StoreControl store, Readiness readiness) {
        this.metrics = metrics;
        this.store = store;
        this.readiness = readiness;
    }

    /**
     * Returns the address that it listens at. A default port that is taken is replaced by a free
     * one.
     */
    public InetSocketAddress start(HttpAddress address) throws ConfigException {
        try {
            return listen(address.socketAddress());
        } catch (CompletionException e) {
            if (address.required()) {
                throw unusable(address, e);
            }
            LOG.warn(
                    "http port {} is taken, using a free one; name one with --http-listen",
                    address.port());
        }
        try {
            return listen(new InetSocketAddress(address.host(), 0));
        } catch (CompletionException e) {
            throw unusable(address, e);
        }
    }

    private static ConfigException unusable(HttpAddress address, CompletionException failure) {
        return new ConfigException(
                "http-listen: '%s:%d' can't be listened at (%s); name another address, or 'none'"
                        .formatted(
                                address.host(), address.port(), failure.getCause().getMessage()));
    }

    private InetSocketAddress listen(InetSocketAddress address) {
        ServerBuilder builder =
                Server.builder()
                        .http(address)
                        .service("/metrics", (context, request) -> later(this::metrics))
                        .service("/healthz", (context, request) -> HttpResponse.of(healthz()))
                        .service("/readyz", (context, request) -> readyz());
        server = BoundedServer.start(builder, "moonpool-http", CONNECTIONS_MAX);
        return new InetSocketAddress(address.getAddress(), server.port());
    }

    private HttpResponse later(Supplier<HttpResponse> page) {
        return HttpResponse.of(CompletableFuture.supplyAsync(page, executor));
    }

    private HttpResponse metrics() {
        return HttpResponse.of(HttpStatus.OK, METRICS, metrics.render());
    }

    /**
     * Any answer of the store proves that its thread turns; the list of orphans is the cheapest
     * one.
     */
    private CompletableFuture<HttpResponse> healthz() {
        return store.orphans()
                .orTimeout(HEALTH_DEADLINE_S, TimeUnit.SECONDS)
                .handleAsync(
                        (orphans, failure) ->
                                failure == null
                                        ? page(HttpStatus.OK, "ok")
                                        : page(
                                                HttpStatus.SERVICE_UNAVAILABLE,
                                                "the store's thread did not turn within 1 s"),
                        executor);
    }

    private HttpResponse readyz() {
        List<String> missing = readiness.missing();
        return missing.isEmpty()
                ? page(HttpStatus.OK, "ready")
                : page(HttpStatus.SERVICE_UNAVAILABLE, "not ready: " + String.join(", ", missing));
    }

    private static HttpResponse page(HttpStatus status, String line) {
        return HttpResponse.of(status, MediaType.PLAIN_TEXT_UTF_8, line + '\n');
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
        executor.shutdownNow();
    }
}
