// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.EndCause;
import java.io.IOException;

/** What an I/O thread looks after. Called by that thread only. */
interface Connection {
    /** The selector has something for it. */
    void onReady(int operations) throws IOException;

    /** Time has passed. */
    void onTick(long now);

    /** It is over, for this reason; a second end is ignored. */
    void end(EndCause cause, String detail);
}
