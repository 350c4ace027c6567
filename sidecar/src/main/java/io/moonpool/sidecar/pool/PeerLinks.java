// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import io.moonpool.transfer.spi.LocalSegment;
import io.moonpool.transfer.spi.PeerAddress;
import io.moonpool.transfer.spi.PeerLink;
import io.moonpool.transfer.spi.Transport;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Links to other members' memory, kept for the next read; the one unused longest goes first. */
final class PeerLinks implements AutoCloseable {

    private static final int LINKS_MAX = 256;

    private final Transport transport;
    private final List<LocalSegment> arenas;
    private final Map<PeerAddress, PeerLink> links =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<PeerAddress, PeerLink> eldest) {
                    if (size() > LINKS_MAX) {
                        eldest.getValue().close();
                        return true;
                    }
                    return false;
                }
            };

    /** {@code arenas}: this host's, by index. */
    PeerLinks(Transport transport, List<LocalSegment> arenas) {
        this.transport = transport;
        this.arenas = List.copyOf(arenas);
    }

    Transport transport() {
        return transport;
    }

    LocalSegment arena(int index) {
        return arenas.get(index);
    }

    synchronized PeerLink to(PeerAddress peer) throws IOException {
        PeerLink present = links.get(peer);
        if (present != null) {
            return present;
        }
        PeerLink made = transport.connect(peer);
        links.put(peer, made);
        return made;
    }

    @Override
    public synchronized void close() {
        links.values().forEach(PeerLink::close);
        links.clear();
    }
}
