// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

/** What peers may do with a registered segment. Batches of this process may always use it. */
public enum Access {
    /** Peers do not see it. */
    LOCAL,
    READ,
    READ_WRITE;

    public boolean allowsRead() {
        return this != LOCAL;
    }

    public boolean allowsWrite() {
        return this == READ_WRITE;
    }
}
