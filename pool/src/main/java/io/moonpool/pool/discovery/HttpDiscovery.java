// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Mooncake's HTTP metadata protocol. Our own server also reads {@code ttl_s}; Mooncake's ignore it.
 */
final class HttpDiscovery implements Discovery {
    private static final int SHOWN_CHARACTERS_MAX = 80;

    private final MetadataAddress.Http address;
    private final Duration deadline;
    private final HttpCalls calls;

    HttpDiscovery(MetadataAddress.Http address, Duration deadline) {
        this.address = address;
        this.deadline = deadline;
        this.calls = new HttpCalls(deadline);
    }

    @Override
    public void put(String key, String json, Duration timeToLive) throws DiscoveryException {
        String uri = uri(key) + "&ttl_s=" + timeToLive.toSeconds();
        AggregatedHttpResponse answer =
                call(HttpRequest.of(HttpMethod.PUT, uri, MediaType.JSON, json));
        if (!answer.status().equals(HttpStatus.OK)) {
            throw unexpected("PUT", answer);
        }
    }

    @Override
    public Optional<String> get(String key) throws DiscoveryException {
        AggregatedHttpResponse answer = call(HttpRequest.of(HttpMethod.GET, uri(key)));
        if (answer.status().equals(HttpStatus.NOT_FOUND)) {
            return Optional.empty();
        }
        if (!answer.status().equals(HttpStatus.OK)) {
            throw unexpected("GET", answer);
        }
        return Optional.of(answer.contentUtf8());
    }

    @Override
    public boolean delete(String key) throws DiscoveryException {
        AggregatedHttpResponse answer = call(HttpRequest.of(HttpMethod.DELETE, uri(key)));
        if (answer.status().equals(HttpStatus.NOT_FOUND)) {
            return false;
        }
        if (!answer.status().equals(HttpStatus.OK)) {
            throw unexpected("DELETE", answer);
        }
        return true;
    }

    private String uri(String key) {
        return HttpCalls.base(address.uri())
                + "?key="
                + URLEncoder.encode(key, StandardCharsets.UTF_8);
    }

    private AggregatedHttpResponse call(HttpRequest request) throws DiscoveryException {
        try {
            return calls.call(request, deadline);
        } catch (IOException e) {
            throw new DiscoveryException(place(), e.getMessage() + "; is it running?", e);
        }
    }

    private DiscoveryException unexpected(String method, AggregatedHttpResponse answer) {
        String said = answer.contentUtf8().replaceAll("\\s+", " ").strip();
        return new DiscoveryException(
                place(),
                "%s was answered %s '%s'; check that its path is /metadata"
                        .formatted(
                                method,
                                answer.status().codeAsText(),
                                said.substring(0, Math.min(said.length(), SHOWN_CHARACTERS_MAX))));
    }

    @Override
    public String place() {
        return address.toString();
    }

    @Override
    public void close() {
        calls.close();
    }
}
