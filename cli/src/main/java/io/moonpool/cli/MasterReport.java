// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import io.moonpool.pool.master.admin.AdminFailure;
import io.moonpool.pool.master.admin.Summary;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pool in a line, at the start and every 10 s: in the words of guides on standard output, in
 * those of today's Mooncake in the log.
 */
final class MasterReport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MasterReport.class);
    private static final long PERIOD_S = 10;

    private final Summary summary;
    private final PrintWriter out;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("moonpool-report").factory());

    MasterReport(Summary summary, PrintWriter out) {
        this.summary = summary;
        this.out = out;
    }

    void start() {
        timer.scheduleAtFixedRate(this::print, 0, PERIOD_S, TimeUnit.SECONDS);
    }

    private void print() {
        try {
            List<String> lines = summary.advance();
            out.println(lines.getFirst());
            out.flush();
            LOG.info("{}", lines.getLast());
        } catch (AdminFailure e) {
            LOG.warn("no figures: {}", e.getMessage());
        } catch (RuntimeException e) {
            // An exception would end the timer.
            LOG.error("no figures", e);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
