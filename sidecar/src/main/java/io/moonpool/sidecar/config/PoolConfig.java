// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import io.moonpool.pool.discovery.MetadataAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How this host takes part in a pool.
 *
 * @param masters host:port each, tried in turn
 * @param embeddedMaster where this process hosts the directory; empty: it does not
 * @param localHostname what other hosts call this one; empty: the address of the route to the
 *     master
 * @param transferListen where blocks are served; empty: any port
 * @param segmentBytes memory that other hosts may fill
 * @param metadataServer as Mooncake writes it
 * @param preferred the member that placements name first; empty: any
 * @param devices network devices or addresses; empty: any
 * @param warmUp how long at most it calls itself before it takes part
 */
public record PoolConfig(
        List<String> masters,
        Optional<HttpAddress> embeddedMaster,
        Optional<String> localHostname,
        Optional<HttpAddress> transferListen,
        long segmentBytes,
        MetadataAddress metadataServer,
        String preferred,
        Protocol protocol,
        List<String> devices,
        TransportChoice transport,
        boolean requireRdma,
        Duration warmUp) {

    /** What users of Mooncake ask for. */
    public enum Protocol {
        TCP,
        RDMA
    }

    /** Which way blocks take; by its name in lower case. */
    public enum TransportChoice {
        AUTO("auto"),
        MAP("map"),
        UCX_RC("ucx-rc"),
        UCX_TCP("ucx-tcp"),
        TCP("tcp");

        private final String written;

        TransportChoice(String written) {
            this.written = written;
        }

        @Override
        public String toString() {
            return written;
        }
    }

    public PoolConfig withMasters(List<String> others) {
        return new PoolConfig(
                others,
                embeddedMaster,
                localHostname,
                transferListen,
                segmentBytes,
                metadataServer,
                preferred,
                protocol,
                devices,
                transport,
                requireRdma,
                warmUp);
    }

    /** Where another one contradicts this one, in Mooncake's words: field and both values. */
    public List<String> differences(PoolConfig other) {
        List<String> found = new ArrayList<>();
        if (!masters.equals(other.masters)) {
            found.add("master_server_address is %s, not %s".formatted(masters, other.masters));
        }
        if (protocol != other.protocol) {
            found.add("protocol is %s, not %s".formatted(protocol, other.protocol));
        }
        return found;
    }

    public PoolConfig {
        masters = List.copyOf(masters);
        devices = List.copyOf(devices);
    }
}
