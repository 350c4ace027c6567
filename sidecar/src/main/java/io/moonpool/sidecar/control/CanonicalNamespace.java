// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The text that a namespace's digest covers. */
record CanonicalNamespace(byte[] digest, String sharingKey) {
    private static final int TEXT_MAX = 1 << 20;
    private static final String FIELD = "namespace.canonical_json";
    private static final String HASH = "hash";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The sharing key is the same object without its member about block hashes. */
    static CanonicalNamespace parse(String json) {
        if (json.length() > TEXT_MAX) {
            throw Refusals.invalid(FIELD, "is longer than " + TEXT_MAX + " characters");
        }
        if (!(read(json) instanceof ObjectNode object)) {
            throw Refusals.invalid(FIELD, "must be a JSON object");
        }
        ObjectNode shared = object.deepCopy();
        shared.remove(HASH);
        return new CanonicalNamespace(sha256(json), shared.toString());
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw Refusals.invalid(FIELD, "is no JSON: " + e.getOriginalMessage());
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
