// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.util.EventLoopGroups;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * HTTP/1.1 calls that wait, with a deadline and a bound on what is read. Version 1.1 because
 * neither Mooncake's servers nor etcd's gateway speak HTTP/2 without TLS.
 */
final class HttpCalls implements AutoCloseable {
    private static final long CONNECT_MS_MAX = 1_500;
    private static final long CLOSE_MS = 500;
    private static final long RESPONSE_BYTES_MAX = 2L * Discovery.VALUE_BYTES_MAX;

    private final EventLoopGroup loop = EventLoopGroups.newEventLoopGroup(1, "moonpool-discovery");
    private final ClientFactory factory;
    private final WebClient client;

    HttpCalls(Duration deadline) {
        factory =
                ClientFactory.builder()
                        .workerGroup(loop, false)
                        .connectTimeoutMillis(Math.min(CONNECT_MS_MAX, deadline.toMillis()))
                        .build();
        client = WebClient.builder().factory(factory).maxResponseLength(RESPONSE_BYTES_MAX).build();
    }

    /** The path of {@code request} is a whole URI. */
    AggregatedHttpResponse call(HttpRequest request, Duration within) throws IOException {
        var answer = client.execute(request).aggregate();
        try {
            return answer.get(within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new IOException("no answer within " + within.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            throw new IOException(reason(e.getCause()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static String reason(Throwable failure) {
        Throwable last = failure;
        while (last.getCause() != null && last.getCause() != last) {
            last = last.getCause();
        }
        String message = last.getMessage();
        return last.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    }

    /** A URI whose scheme keeps Armeria from trying HTTP/2. */
    static String base(URI uri) {
        String scheme = uri.getScheme().equalsIgnoreCase("https") ? "h1" : "h1c";
        String path =
                uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return scheme + "://" + uri.getRawAuthority() + path;
    }

    @Override
    public void close() {
        factory.closeAsync();
        loop.shutdownGracefully(0, CLOSE_MS, TimeUnit.MILLISECONDS);
    }
}
