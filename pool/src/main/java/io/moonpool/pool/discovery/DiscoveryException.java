// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

/** A metadata server can't be reached, refuses, or answers something else. One line, no secrets. */
public final class DiscoveryException extends Exception {
    private static final long serialVersionUID = 1L;

    DiscoveryException(String place, String problem) {
        super("metadata_server " + place + ": " + problem);
    }

    DiscoveryException(String place, String problem, Throwable cause) {
        super("metadata_server " + place + ": " + problem, cause);
    }
}
