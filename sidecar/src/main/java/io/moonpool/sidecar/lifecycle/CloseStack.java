// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.lifecycle;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Parts that were started, closed last first, each of them whatever the others do. */
public final class CloseStack implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CloseStack.class);

    private final Deque<Part> parts = new ArrayDeque<>();

    private record Part(String name, AutoCloseable closeable) {}

    public synchronized <T extends AutoCloseable> T push(String name, T closeable) {
        parts.push(new Part(name, closeable));
        return closeable;
    }

    @Override
    public synchronized void close() {
        while (!parts.isEmpty()) {
            Part part = parts.pop();
            long began = System.nanoTime();
            try {
                part.closeable().close();
                LOG.debug(
                        "{} closed in {} ms",
                        part.name(),
                        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            } catch (Exception e) {
                LOG.error("{} did not close cleanly: {}", part.name(), e.toString(), e);
            }
        }
    }
}
