// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.sidecar.config.PoolConfig;
import io.moonpool.transfer.tcp.Endpoints;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where other members reach this one: what the user said, else the address from which the master is
 * reached. A loopback address is no way to here from another host, and is replaced.
 *
 * @param bind where to listen
 * @param advertised what others are told, without a port
 * @param lines the addresses of the network devices that the user named: blocks are striped over
 *     them; empty: over {@code bind} alone
 */
record OwnAddress(InetAddress bind, String advertised, List<InetAddress> lines) {
    private static final Logger LOG = LoggerFactory.getLogger(OwnAddress.class);

    static OwnAddress of(PoolConfig config) throws ConfigException {
        InetAddress route = routeTo(config.masters().getFirst());
        String name = config.localHostname().map(OwnAddress::withoutPort).orElse("");
        InetAddress named = name.isEmpty() ? route : resolve(name);
        boolean unreachable = named.isLoopbackAddress() && !route.isLoopbackAddress();
        if (unreachable) {
            LOG.warn(
                    "local-hostname: {} is this host only, and the master is on another one; using"
                            + " {} instead",
                    name,
                    route.getHostAddress());
        }
        InetAddress own = unreachable ? route : named;
        String advertised = unreachable || name.isEmpty() ? own.getHostAddress() : name;
        InetAddress bind =
                config.transferListen()
                        .map(listen -> listen.socketAddress().getAddress())
                        .orElse(own);
        return new OwnAddress(bind, advertised, lines(config.devices()));
    }

    String endpoint(int port) {
        return advertised.contains(":") ? "[" + advertised + "]:" + port : advertised + ":" + port;
    }

    /** Where blocks are served. */
    List<InetSocketAddress> listen(int port) {
        List<InetAddress> addresses = lines.isEmpty() ? List.of(bind) : lines;
        return addresses.stream().map(address -> new InetSocketAddress(address, port)).toList();
    }

    /** What others are told of where blocks are served. */
    List<String> endpoints(List<InetSocketAddress> bound) {
        return bound.stream()
                .map(one -> lines.isEmpty() ? endpoint(one.getPort()) : Endpoints.format(one))
                .toList();
    }

    /** Users of RDMA name its devices here; over TCP they stand for nothing. */
    private static List<InetAddress> lines(List<String> devices) {
        try {
            return Endpoints.localAddresses(String.join(",", devices));
        } catch (IOException e) {
            LOG.warn(
                    "device-name: {} names no address of this host ({}); blocks take the route to"
                            + " the master",
                    devices,
                    e.getMessage());
            return List.of();
        }
    }

    /** Mooncake writes host:port here. */
    private static String withoutPort(String name) {
        int colon = name.lastIndexOf(':');
        return colon > 0 && name.indexOf(':') == colon ? name.substring(0, colon) : name;
    }

    private static InetAddress resolve(String name) throws ConfigException {
        try {
            return InetAddress.getByName(name);
        } catch (UnknownHostException e) {
            throw new ConfigException(
                    "local-hostname: '%s' has no address; write one of this host".formatted(name));
        }
    }

    /** The kernel's choice; nothing is sent. */
    private static InetAddress routeTo(String master) throws ConfigException {
        int colon = master.lastIndexOf(':');
        String host = master.substring(0, colon).replaceAll("[\\[\\]]", "");
        int port = Integer.parseInt(master.substring(colon + 1));
        try (DatagramChannel probe = DatagramChannel.open()) {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new ConfigException(
                        "master: '%s' has no address; write host:port of the master"
                                .formatted(host));
            }
            probe.connect(address);
            return ((InetSocketAddress) probe.getLocalAddress()).getAddress();
        } catch (IOException e) {
            throw new ConfigException(
                    "master: there is no route to %s (%s)".formatted(master, e.getMessage()));
        }
    }
}
