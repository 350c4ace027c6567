// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/** A lookup whose answer waits for blocks on their way. Its keys moved here from the session. */
final class WaitingLookup {

    final Session session;
    final LookupRequest request = new LookupRequest();
    final KeyStaging keys;

    WaitingLookup(Session session, LookupRequest asked, KeyStaging keys) {
        this.session = session;
        this.keys = keys;
        request.jobId = asked.jobId;
        request.epoch = asked.epoch;
        request.localTokens = asked.localTokens;
        request.maxTokens = asked.maxTokens;
        request.alignTokens = asked.alignTokens;
    }

    boolean is(Session asking, long jobId) {
        return session == asking && request.jobId == jobId;
    }
}
