// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LogLimiterTest {
    @Test
    void letsAFewLinesThroughAndCountsTheRest() {
        AtomicLong clock = new AtomicLong();
        LogLimiter limiter = new LogLimiter(2, clock::get);
        List<Long> lines = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            limiter.log(lines::add);
        }
        clock.addAndGet(TimeUnit.MINUTES.toNanos(1));
        limiter.log(lines::add);
        assertThat(lines).containsExactly(0L, 0L, 8L);
    }
}
