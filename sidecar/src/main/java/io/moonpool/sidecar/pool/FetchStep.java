// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

/** What a fetch spends its time on, in this order. */
public enum FetchStep {
    LOCATE,
    DESCRIBE,
    RESERVE,
    READ,
    COMMIT
}
