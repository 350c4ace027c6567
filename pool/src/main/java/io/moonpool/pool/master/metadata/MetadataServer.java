// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.metadata;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.moonpool.pool.http.BoundedServer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * GET, PUT and DELETE of {@code /metadata?key=}, and {@code /health}. Nothing waits, so everything
 * happens on the event loop.
 */
public final class MetadataServer implements HttpService, AutoCloseable {
    private static final int CONNECTIONS_MAX = 1024;
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(5);
    private static final long TIME_TO_LIVE_MAX_S = 86_400;
    private static final int DIGITS_MAX = 5;

    private final MetadataStore store =
            new MetadataStore(() -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    private BoundedServer server;

    /** Returns the port; fails with a CompletionException when it can't be had. */
    public int start(InetSocketAddress address) {
        server =
                BoundedServer.start(
                        Server.builder()
                                .http(address)
                                .serviceUnder("/", this)
                                .maxRequestLength(MetadataStore.VALUE_BYTES_MAX)
                                .requestTimeout(REQUEST_TIMEOUT)
                                .idleTimeout(IDLE_TIMEOUT),
                        "moonpool-metadata",
                        CONNECTIONS_MAX);
        return server.port();
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
        return switch (request.method() + " " + context.path()) {
            case "GET /health" -> text(HttpStatus.OK, "OK");
            case "GET /metadata" -> keyed(context.queryParams(), this::get);
            case "DELETE /metadata" -> keyed(context.queryParams(), this::delete);
            case "PUT /metadata" ->
                    HttpResponse.of(
                            request.aggregate()
                                    .thenApply(whole ->
                                            put(context.queryParams(), whole.contentUtf8())));
            default -> text(HttpStatus.NOT_FOUND, "404 Not Found");
        };
    }

    @FunctionalInterface
    private interface KeyedCall {
        HttpResponse answer(String key);
    }

    private static HttpResponse keyed(QueryParams query, KeyedCall call) {
        String key = query.get("key", "");
        return key.isEmpty()
                ? text(HttpStatus.BAD_REQUEST, "Missing key parameter")
                : call.answer(key);
    }

    private HttpResponse get(String key) {
        return store.get(key)
                .map(value ->
                        HttpResponse.of(HttpStatus.OK, MediaType.JSON, HttpData.ofUtf8(value)))
                .orElseGet(MetadataServer::absent);
    }

    private HttpResponse delete(String key) {
        return store.delete(key) ? text(HttpStatus.OK, "metadata deleted") : absent();
    }

    private static HttpResponse absent() {
        return text(HttpStatus.NOT_FOUND, "metadata not found");
    }

    private HttpResponse put(QueryParams query, String body) {
        return keyed(query, key -> answer(store.put(key, body, timeToLiveMs(query))));
    }

    private static HttpResponse answer(MetadataStore.Put put) {
        return switch (put) {
            case UPDATED -> text(HttpStatus.OK, "metadata updated");
            case UNCHANGED -> text(HttpStatus.OK, "metadata unchanged");
            case DUPLICATE -> text(HttpStatus.BAD_REQUEST, "Duplicate rpc_meta key not allowed");
            case TOO_LARGE ->
                    text(
                            HttpStatus.REQUEST_ENTITY_TOO_LARGE,
                            "a key has at most 1 KiB, a value at most 1 MiB");
            case FULL ->
                    text(
                            HttpStatus.INSUFFICIENT_STORAGE,
                            "the metadata server is full; delete entries, or restart the master");
        };
    }

    /** Ours: Mooncake's clients send none, and their entries stay. */
    private static Optional<Long> timeToLiveMs(QueryParams query) {
        String seconds = query.get("ttl_s", "");
        boolean usable =
                !seconds.isEmpty()
                        && seconds.length() <= DIGITS_MAX
                        && seconds.chars().allMatch(Character::isDigit);
        return usable
                ? Optional.of(
                        TimeUnit.SECONDS.toMillis(
                                Math.min(Long.parseLong(seconds), TIME_TO_LIVE_MAX_S)))
                : Optional.empty();
    }

    private static HttpResponse text(HttpStatus status, String words) {
        return HttpResponse.of(status, MediaType.PLAIN_TEXT_UTF_8, words);
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
