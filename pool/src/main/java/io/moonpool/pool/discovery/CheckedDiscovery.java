// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Keys and values within their bounds, and JSON objects only: many a server answers 200 and a page
 * of its own to everything, which is why the first entry is read again.
 */
final class CheckedDiscovery implements Discovery {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIME_TO_LIVE_MIN = Duration.ofSeconds(1);

    private final Discovery inner;

    /** It has given back what was put there. */
    private volatile boolean keeps;

    CheckedDiscovery(Discovery inner) {
        this.inner = inner;
    }

    @Override
    public void put(String key, String json, Duration timeToLive) throws DiscoveryException {
        checkKey(key);
        if (timeToLive.compareTo(TIME_TO_LIVE_MIN) < 0) {
            throw new IllegalArgumentException("time to live below a second: " + timeToLive);
        }
        if (bytes(json) > VALUE_BYTES_MAX || !isObject(json)) {
            throw new IllegalArgumentException("no JSON object of at most 1 MiB for " + key);
        }
        inner.put(key, json, timeToLive);
        if (!keeps) {
            if (get(key).isEmpty()) {
                throw new DiscoveryException(
                        place(), "it took '" + key + "' and does not have it; check the address");
            }
            keeps = true;
        }
    }

    @Override
    public Optional<String> get(String key) throws DiscoveryException {
        checkKey(key);
        Optional<String> value = inner.get(key);
        if (value.isPresent() && !isObject(value.get())) {
            throw new DiscoveryException(
                    place(),
                    "what it has under '" + key + "' is no JSON object; check the address");
        }
        return value;
    }

    @Override
    public boolean delete(String key) throws DiscoveryException {
        checkKey(key);
        return inner.delete(key);
    }

    private static void checkKey(String key) {
        if (key.isBlank() || bytes(key) > KEY_BYTES_MAX) {
            throw new IllegalArgumentException("a key has 1 to " + KEY_BYTES_MAX + " bytes");
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static boolean isObject(String text) {
        try {
            JsonNode node = JSON.readTree(text);
            return node != null && node.isObject();
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    @Override
    public String place() {
        return inner.place();
    }

    @Override
    public void close() {
        inner.close();
    }
}
