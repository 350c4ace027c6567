// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import io.moonpool.pool.discovery.MetadataAddress.Endpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * etcd by the JSON gateway that every etcd 3.4 and later serves beside gRPC (ADR 0011). Each put
 * has a lease of its own: an earlier one ends unused, and a server that has lost an entry gets it
 * back with the next renewal.
 */
final class EtcdDiscovery implements Discovery {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration ATTEMPT_MAX = Duration.ofMillis(1_500);

    private final MetadataAddress.Etcd address;
    private final Duration deadline;
    private final HttpCalls calls;
    private volatile int preferred;

    EtcdDiscovery(MetadataAddress.Etcd address, Duration deadline) {
        this.address = address;
        this.deadline = deadline;
        this.calls = new HttpCalls(deadline);
    }

    @Override
    public void put(String key, String json, Duration timeToLive) throws DiscoveryException {
        long end = System.nanoTime() + deadline.toNanos();
        ObjectNode grant = JSON.createObjectNode().put("TTL", timeToLive.toSeconds());
        JsonNode lease = ask("/v3/lease/grant", grant, end).path("ID");
        if (!lease.isTextual()) {
            throw new DiscoveryException(place(), "granted no lease: " + lease);
        }
        ObjectNode put = JSON.createObjectNode().put("key", encoded(key));
        put.put("value", encoded(json)).put("lease", lease.textValue());
        ask("/v3/kv/put", put, end);
    }

    @Override
    public Optional<String> get(String key) throws DiscoveryException {
        JsonNode found = ask("/v3/kv/range", key).path("kvs").path(0);
        if (found.isMissingNode()) {
            return Optional.empty();
        }
        try {
            byte[] value = Base64.getDecoder().decode(found.path("value").asText());
            return Optional.of(new String(value, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new DiscoveryException(place(), "answered no base64 under '" + key + "'", e);
        }
    }

    @Override
    public boolean delete(String key) throws DiscoveryException {
        return ask("/v3/kv/deleterange", key).path("deleted").asLong() > 0;
    }

    private JsonNode ask(String path, String key) throws DiscoveryException {
        ObjectNode body = JSON.createObjectNode().put("key", encoded(key));
        return ask(path, body, System.nanoTime() + deadline.toNanos());
    }

    /** Asks one server after the other, that which answered last first. */
    private JsonNode ask(String path, ObjectNode body, long end) throws DiscoveryException {
        List<Endpoint> endpoints = address.endpoints();
        int first = preferred;
        IOException failure = new IOException("no time left");
        for (int i = 0; i < endpoints.size(); i++) {
            int index = (first + i) % endpoints.size();
            Duration left = Duration.ofNanos(end - System.nanoTime());
            if (left.isNegative() || left.isZero()) {
                break;
            }
            try {
                JsonNode answer = ask(endpoints.get(index), path, body, least(left, endpoints));
                preferred = index;
                return answer;
            } catch (IOException e) {
                failure = e;
            }
        }
        throw new DiscoveryException(place(), failure.getMessage(), failure);
    }

    private static Duration least(Duration left, List<Endpoint> endpoints) {
        return endpoints.size() == 1 || left.compareTo(ATTEMPT_MAX) < 0 ? left : ATTEMPT_MAX;
    }

    private JsonNode ask(Endpoint endpoint, String path, ObjectNode body, Duration within)
            throws IOException {
        AggregatedHttpResponse answer =
                calls.call(
                        HttpRequest.of(
                                HttpMethod.POST,
                                "h1c://" + endpoint.text() + path,
                                MediaType.JSON,
                                body.toString()),
                        within);
        JsonNode json = parsed(endpoint, answer);
        if (!answer.status().equals(HttpStatus.OK)) {
            throw new IOException(endpoint.text() + ": " + json.path("error").asText("refused"));
        }
        return json;
    }

    /** Every answer of etcd's is an object with a header or an error. */
    private static JsonNode parsed(Endpoint endpoint, AggregatedHttpResponse answer)
            throws IOException {
        try {
            JsonNode json = JSON.readTree(answer.contentUtf8());
            if (json != null && (json.has("header") || json.has("error"))) {
                return json;
            }
        } catch (IOException e) {
            throw noEtcd(endpoint, answer);
        }
        throw noEtcd(endpoint, answer);
    }

    private static IOException noEtcd(Endpoint endpoint, AggregatedHttpResponse answer) {
        return new IOException(
                endpoint.text()
                        + ": answers "
                        + answer.status().codeAsText()
                        + " and no etcd 3.4 or later does so; check the address");
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
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
