// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

import java.util.List;

/**
 * What a peer needs to reach a transport: its token, and its endpoints in the transport's own form.
 * Several endpoints are several ways to the same memory, and all of them are used.
 */
public record PeerAddress(Token token, List<String> endpoints) {
    public PeerAddress {
        endpoints = List.copyOf(endpoints);
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException("endpoints is empty: name at least one");
        }
    }
}
