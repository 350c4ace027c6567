// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

/** What a caller may want to know before it chooses a transport. */
public enum Capability {
    /** Bytes move without a thread of the owner's process; it notices nothing. */
    ONE_SIDED,
    /** The owner's process must be running: a stopped one makes batches miss their deadline. */
    NEEDS_REMOTE_CPU,
    /** Segments may be memory of a device. */
    DEVICE_MEMORY,
    /** A large batch is spread over several connections or devices. */
    STRIPES,
    /** Registration pins pages, so that it costs time and locked memory. */
    PINS_MEMORY
}
