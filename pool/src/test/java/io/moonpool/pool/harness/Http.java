// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.harness;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Requests as curl would send them: the path goes out as it is written. */
public final class Http {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Http() {}

    /** What came back. */
    public record Reply(int status, String type, String body) {}

    public static Reply get(int port, String path) throws IOException, InterruptedException {
        return send("GET", port, path, "");
    }

    public static Reply send(String method, int port, String path, String body)
            throws IOException, InterruptedException {
        HttpResponse<String> response =
                CLIENT.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .timeout(DEADLINE)
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        return new Reply(
                response.statusCode(),
                response.headers().firstValue("content-type").orElse(""),
                response.body());
    }
}
