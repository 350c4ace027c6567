// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/** The fields of a Lookup, decoded; one instance used over and over. */
final class LookupRequest {
    long jobId;
    long epoch;
    long localTokens;
    long maxTokens;
    int alignTokens;
    boolean prefetch;
}
