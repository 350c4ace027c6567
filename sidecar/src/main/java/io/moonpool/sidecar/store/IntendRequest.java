// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import org.agrona.DirectBuffer;

/**
 * The fields of an Intend, decoded; one instance used over and over. The hashes stay in the
 * record's private copy.
 */
final class IntendRequest {
    long jobId;
    long epoch;
    int firstPosition;
    int group;
    boolean hasParent;
    DirectBuffer record;
    int parentOffset;
    int hashesOffset;
    int hashesLength;
}
