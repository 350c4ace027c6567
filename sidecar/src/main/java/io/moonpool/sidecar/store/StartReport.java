// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.List;

/**
 * How the store started.
 *
 * @param adopted false: the runtime directory was empty, or its files could not be used, see {@code
 *     notes}
 * @param notes lines for the log
 */
public record StartReport(
        boolean adopted,
        byte[] bootId,
        int bootCount,
        long objectsAdopted,
        long slotsQuarantined,
        long verifyBytesPerSecond,
        List<String> notes) {

    public StartReport {
        notes = List.copyOf(notes);
    }
}
