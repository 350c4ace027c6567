// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import org.agrona.DirectBuffer;

/** What clients ask. Buffers are good for the call alone. */
interface RequestHandler {

    void onLookupKeys(
            Session session,
            long jobId,
            int group,
            int firstBlock,
            DirectBuffer record,
            int offset,
            int length);

    void onLookup(Session session, LookupRequest request);

    void onRelease(Session session, long jobId, long keepEntries);

    void onCancel(Session session, long jobId);

    void onIntend(Session session, IntendRequest request);

    void onCommit(Session session, long jobId, DirectBuffer record, int offset, int length);

    void onAbort(Session session, long jobId);

    void onPing(Session session, long nonce);

    void onReset(Session session, long jobId, long epoch);
}
