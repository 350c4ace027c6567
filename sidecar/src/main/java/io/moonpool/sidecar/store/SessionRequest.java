// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.List;

/**
 * What a process says of itself when it attaches. The caller has checked tenant and uid.
 *
 * @param previousSessionId the session that this process had before, 0 for none
 * @param leases those that it still holds of that session
 * @param previousEpoch epoch of that session
 * @param resetPending a reset of that epoch was asked for and never confirmed
 */
public record SessionRequest(
        String engineId,
        SessionRole role,
        int rank,
        int worldSize,
        int pid,
        String tenant,
        NamespaceSpec namespace,
        List<GroupSpec> groups,
        HashVector hashVector,
        boolean wantsEvents,
        long previousSessionId,
        List<ListedLease> leases,
        long previousEpoch,
        boolean resetPending) {

    public SessionRequest {
        groups = List.copyOf(groups);
        leases = List.copyOf(leases);
    }
}
