// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;

/** A page as it is sent. */
record Answer(HttpStatus status, MediaType type, String body) {
    private static final MediaType JSON = MediaType.parse("application/json; charset=utf-8");
    private static final MediaType FIGURES = MediaType.parse("text/plain; version=0.0.4");
    private static final MediaType HTML = MediaType.parse("text/html; charset=utf-8");

    static Answer json(ObjectNode body) {
        return json(HttpStatus.OK, body);
    }

    static Answer json(HttpStatus status, ObjectNode body) {
        return new Answer(status, JSON, body.toString());
    }

    /** Mooncake sends its lists under the type of Prometheus' text, and so do we. */
    static Answer figures(String body) {
        return new Answer(HttpStatus.OK, FIGURES, body);
    }

    static Answer figures(HttpStatus status, String body) {
        return new Answer(status, FIGURES, body);
    }

    static Answer text(String body) {
        return new Answer(HttpStatus.OK, MediaType.PLAIN_TEXT_UTF_8, body);
    }

    static Answer html(String body) {
        return new Answer(HttpStatus.OK, HTML, body);
    }

    static Answer notFound() {
        return new Answer(HttpStatus.NOT_FOUND, MediaType.PLAIN_TEXT_UTF_8, "404 Not Found");
    }

    static Answer failure(AdminFailure failure) {
        return json(
                failure.error().status(),
                object().put("success", false)
                        .put("error_code", failure.error().code())
                        .put("error_message", failure.getMessage()));
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** Fields in Mooncake's order: its users' scripts cut lines with sed. */
    static ObjectNode success() {
        return object().put("success", true);
    }

    HttpResponse response() {
        return HttpResponse.of(status, type, body);
    }
}
