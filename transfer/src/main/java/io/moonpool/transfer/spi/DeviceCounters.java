// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

/**
 * What went through one local device or address since the transport was opened. Payload bytes only.
 *
 * @param readBytes landed here because we read
 * @param writtenBytes sent from here because we wrote
 * @param servedBytes sent from here because a peer read
 * @param acceptedBytes landed here because a peer wrote
 * @param drainedBytes arrived for nobody and were thrown away
 * @param connections open now, in either direction
 * @param connectionsLost ended otherwise than by a close of either side
 * @param retries requests sent a second time
 */
public record DeviceCounters(
        String transport,
        String device,
        long readBytes,
        long writtenBytes,
        long servedBytes,
        long acceptedBytes,
        long drainedBytes,
        long connections,
        long connectionsLost,
        long retries) {}
