// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/** Why a session ends. */
public enum EndReason {
    /** The client said goodbye. */
    DETACHED,
    /** Its lock has fallen, or was never taken. */
    DEAD,
    /** Its process attached again. */
    SUPERSEDED,
    /**
     * It broke the protocol: no further grants, but its process may still copy, so its slots wait
     * for its death.
     */
    VIOLATION
}
