// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.EndCause;
import java.io.IOException;

/**
 * A rule was broken, by the other side or by circumstances: the connection ends with this cause.
 */
final class ConnectionFault extends IOException {
    private static final long serialVersionUID = 1;

    private final EndCause cause;

    ConnectionFault(EndCause cause, String detail) {
        super(detail);
        this.cause = cause;
    }

    EndCause endCause() {
        return cause;
    }
}
