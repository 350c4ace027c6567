// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An entry that stays while this lives: put at once and again in each third of its time to live,
 * and deleted at the end. A server that can't be reached is one warning, not an error, and gets the
 * entry when it is back.
 */
public final class Registration implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Registration.class);
    private static final int RENEWALS_PER_LIFE = 3;

    private final Discovery discovery;
    private final String key;
    private final String json;
    private final Duration timeToLive;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("moonpool-registration").factory());
    private boolean failing;

    private Registration(Discovery discovery, String key, String json, Duration timeToLive) {
        this.discovery = discovery;
        this.key = key;
        this.json = json;
        this.timeToLive = timeToLive;
    }

    /** Returns at once; the first put happens on a thread of its own. */
    public static Registration keep(
            Discovery discovery, String key, String json, Duration timeToLive) {
        Registration registration = new Registration(discovery, key, json, timeToLive);
        long period = timeToLive.toMillis() / RENEWALS_PER_LIFE;
        registration.timer.scheduleWithFixedDelay(
                registration::renew, 0, period, TimeUnit.MILLISECONDS);
        return registration;
    }

    private void renew() {
        try {
            discovery.put(key, json, timeToLive);
            if (failing) {
                LOG.info("metadata_server {} answers again", discovery.place());
            }
            failing = false;
        } catch (DiscoveryException e) {
            if (!failing) {
                LOG.warn("{}; it is asked again and again, nothing waits for it", e.getMessage());
            }
            failing = true;
        } catch (RuntimeException e) {
            // An exception would end the timer, and with it the entry.
            LOG.error("an entry in {} was not renewed", discovery.place(), e);
        }
    }

    /** Takes the entry away, if the server still answers. */
    @Override
    public void close() {
        timer.shutdownNow();
        try {
            timer.awaitTermination(Discoveries.DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            discovery.delete(key);
        } catch (DiscoveryException e) {
            LOG.debug("left to expire: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
