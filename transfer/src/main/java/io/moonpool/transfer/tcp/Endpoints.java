// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses as people and peers write them. */
public final class Endpoints {
    private static final Pattern HOST_PORT =
            Pattern.compile("(?:\\[([^]]+)]|([^:\\[\\]]+)):(\\d{1,5})");
    private static final int PORT_MAX = 65_535;

    private Endpoints() {}

    /** {@code host:port}, with brackets around an IPv6 address. */
    public static String format(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        boolean bracketed = address.getAddress() instanceof Inet6Address;
        return (bracketed ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** Each of them {@code host:port}; a name is resolved once, now. */
    public static List<InetSocketAddress> resolve(List<String> endpoints) throws IOException {
        List<InetSocketAddress> resolved = new ArrayList<>();
        for (String endpoint : endpoints) {
            resolved.add(resolve(endpoint.strip()));
        }
        return resolved;
    }

    /**
     * The local addresses that a comma-separated list names: addresses, or devices, which stand for
     * their first address (IPv4 before IPv6). An empty list names none.
     */
    public static List<InetAddress> localAddresses(String list) throws IOException {
        List<InetAddress> addresses = new ArrayList<>();
        for (String name : list.split(",", -1)) {
            if (!name.isBlank()) {
                addresses.add(localAddress(name.strip()));
            }
        }
        return addresses;
    }

    private static InetSocketAddress resolve(String endpoint) throws IOException {
        Matcher matcher = HOST_PORT.matcher(endpoint);
        if (!matcher.matches() || Integer.parseInt(matcher.group(3)) > PORT_MAX) {
            throw new IOException("no endpoint; write host:port: endpoint=" + endpoint);
        }
        String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        InetSocketAddress address = new InetSocketAddress(host, Integer.parseInt(matcher.group(3)));
        if (address.isUnresolved()) {
            throw new UnknownHostException("the host is unknown: endpoint=" + endpoint);
        }
        return address;
    }

    private static InetAddress localAddress(String name) throws IOException {
        NetworkInterface device = NetworkInterface.getByName(name);
        if (device == null) {
            InetAddress address = InetAddress.getByName(name);
            if (!address.isLoopbackAddress()
                    && NetworkInterface.getByInetAddress(address) == null) {
                throw new IOException(
                        "no device and no address of this host: name="
                                + name
                                + "; devices: "
                                + NetworkInterface.networkInterfaces()
                                        .map(NetworkInterface::getName)
                                        .toList());
            }
            return address;
        }
        return device.inetAddresses()
                .min((a, b) ->
                        Boolean.compare(a instanceof Inet6Address, b instanceof Inet6Address))
                .orElseThrow(() -> new IOException("the device has no address: device=" + name));
    }
}
