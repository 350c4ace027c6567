// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.DeviceCounters;
import java.util.concurrent.atomic.LongAdder;

/** What goes through one local address, counted by every thread. */
final class Traffic {
    final LongAdder read = new LongAdder();
    final LongAdder written = new LongAdder();
    final LongAdder served = new LongAdder();
    final LongAdder accepted = new LongAdder();
    final LongAdder drained = new LongAdder();
    final LongAdder connections = new LongAdder();
    final LongAdder lost = new LongAdder();
    final LongAdder retries = new LongAdder();

    DeviceCounters snapshot(String transport, String device) {
        return new DeviceCounters(
                transport,
                device,
                read.sum(),
                written.sum(),
                served.sum(),
                accepted.sum(),
                drained.sum(),
                connections.sum(),
                lost.sum(),
                retries.sum());
    }
}
