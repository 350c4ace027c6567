// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

import java.io.IOException;

/** The directory's log can't be believed; the message names the file and the cure. */
public final class DamagedLog extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedLog(String message) {
        super(message);
    }
}
