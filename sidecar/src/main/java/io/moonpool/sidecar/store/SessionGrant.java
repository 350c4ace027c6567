// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.nio.file.Path;
import java.util.List;

/**
 * What an opened session was given. It takes part from {@link StoreControl#activate} on.
 *
 * @param sessionFile where the file lies whose record lock proves the process alive
 * @param files in the order in which their descriptors are sent
 * @param lostJobIds of the leases listed, those that could not be kept
 */
public record SessionGrant(
        long sessionId,
        int engineIndex,
        long epoch,
        byte[] bootId,
        int doorbellTag,
        Path sessionFile,
        List<GrantedFile> files,
        List<String> warnings,
        List<Long> lostJobIds,
        int lookupDeadlineMs,
        long verifyBytesPerSecond,
        long leaseBudgetBytes) {

    public SessionGrant {
        files = List.copyOf(files);
        warnings = List.copyOf(warnings);
        lostJobIds = List.copyOf(lostJobIds);
    }
}
