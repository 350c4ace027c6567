// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.transfer.spi.EndCause;
import io.moonpool.transfer.spi.TransportListener;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Remembers why connections ended. */
final class Heard implements TransportListener {
    private record End(EndCause cause, String detail) {}

    private final BlockingQueue<End> ends = new LinkedBlockingQueue<>();

    @Override
    public void connectionEnded(String peer, EndCause cause, String detail) {
        ends.add(new End(cause, detail));
    }

    /** The next end that is told; its detail. */
    String next(EndCause expected) throws InterruptedException {
        End end = ends.poll(20, TimeUnit.SECONDS);
        assertThat(end).as("nothing ended, expected %s", expected).isNotNull();
        assertThat(end.cause()).as(end.detail()).isEqualTo(expected);
        assertThat(end.detail()).isNotBlank();
        return end.detail();
    }

    List<EndCause> soFar() {
        return ends.stream().map(End::cause).toList();
    }
}
