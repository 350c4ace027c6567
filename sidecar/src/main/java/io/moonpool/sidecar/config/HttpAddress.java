// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where HTTP is served. {@code required} is false for the default: when that port is taken, another
 * one will do, because nobody asked for it by number.
 */
public record HttpAddress(String host, int port, boolean required) {
    static final String OFF = "none";
    private static final Pattern HOST_PORT =
            Pattern.compile("(?:(\\[[^]]+]|[^:\\[\\]]*):)?(\\d{1,5})");
    private static final String LOOPBACK = "127.0.0.1";

    static Optional<HttpAddress> parse(Setting setting) throws ConfigException {
        if (setting.value().strip().equalsIgnoreCase(OFF)) {
            return Optional.empty();
        }
        Matcher matcher = HOST_PORT.matcher(setting.value().strip());
        if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > 65_535) {
            throw ConfigException.of(
                    setting, "is no address; write host:port, a port, or '" + OFF + "'");
        }
        String host =
                matcher.group(1) == null || matcher.group(1).isEmpty()
                        ? LOOPBACK
                        : matcher.group(1);
        boolean required = !setting.origin().equals(Setting.DEFAULT);
        return Optional.of(
                new HttpAddress(
                        host.replaceAll("[\\[\\]]", ""),
                        Integer.parseInt(matcher.group(2)),
                        required));
    }

    public InetSocketAddress socketAddress() {
        return new InetSocketAddress(host, port);
    }

    public HttpAddress withPort(int other) {
        return new HttpAddress(host, other, required);
    }

    /** As people write it. */
    public String written() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
