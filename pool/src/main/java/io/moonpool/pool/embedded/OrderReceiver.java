// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

import io.moonpool.pool.state.Directory;
import io.moonpool.pool.state.Order;

/**
 * Passes on what the directory asks of members. Called by the directory's thread; must be short.
 */
public interface OrderReceiver {

    /** One that nobody listens to. */
    OrderReceiver NOBODY =
            new OrderReceiver() {
                @Override
                public void onOrder(Order order) {}

                @Override
                public void onTick(Directory directory) {}
            };

    /** Its facts are durable. */
    void onOrder(Order order);

    /** Time has passed; {@code directory} is only to be read. */
    void onTick(Directory directory);
}
