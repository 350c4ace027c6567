// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/** The files a session is given. */
public enum FileKind {
    SESSION,
    HEADERS,
    ARENA,
    DOORBELL
}
