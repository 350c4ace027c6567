// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code metadata_server} says, in each of the forms that Mooncake's users write. */
public sealed interface MetadataAddress {
    String VALID =
            "http://HOST:PORT/metadata, etcd://HOST:PORT[,HOST:PORT], HOST:PORT[,HOST:PORT] (etcd),"
                    + " redis://[[USER]:PASSWORD@]HOST:PORT[/DB] or P2PHANDSHAKE";

    /** Mooncake's HTTP metadata protocol, or TLS around it. */
    record Http(URI uri) implements MetadataAddress {
        @Override
        public String toString() {
            return uri.toString();
        }
    }

    /** Any of these serves; an etcd cluster. */
    record Etcd(List<Endpoint> endpoints) implements MetadataAddress {
        @Override
        public String toString() {
            return "etcd://" + String.join(",", endpoints.stream().map(Endpoint::text).toList());
        }
    }

    /** One Redis server; what is empty comes from Mooncake's environment variables, if there. */
    record Redis(Endpoint endpoint, Optional<String> user, Optional<String> password, int database)
            implements MetadataAddress {
        @Override
        public String toString() {
            return "redis://" + endpoint.text() + "/" + database;
        }
    }

    /** Peers speak to each other; there is no server. */
    record PeerToPeer() implements MetadataAddress {
        @Override
        public String toString() {
            return Parser.PEER_TO_PEER;
        }
    }

    /** A host and its port; an IPv6 address without brackets. */
    record Endpoint(String host, int port) {
        String text() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    static MetadataAddress parse(Setting setting) throws ConfigException {
        return new Parser(setting).parse();
    }

    /** Takes one written value apart. */
    final class Parser {
        static final String PEER_TO_PEER = "P2PHANDSHAKE";
        private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://(.*)");
        private static final Pattern HOST_PORT =
                Pattern.compile("(\\[[0-9A-Fa-f:.%]+]|[A-Za-z0-9._-]+)(?::(\\d{1,5}))?");
        private static final Pattern REDIS =
                Pattern.compile("(?:([^:@/]*):([^@/]*)@)?([^@/]+)(?:/(\\d{0,3}))?");
        private static final Pattern USER_INFO = Pattern.compile("//[^/@]*@");
        private static final int ETCD_PORT = 2379;
        private static final int REDIS_PORT = 6379;
        private static final int PORT_MAX = 65_535;
        private static final int ENDPOINTS_MAX = 16;

        private final Setting setting;

        Parser(Setting setting) {
            this.setting = setting;
        }

        MetadataAddress parse() throws ConfigException {
            String text = setting.value().strip();
            if (text.isEmpty() || text.equalsIgnoreCase(PEER_TO_PEER)) {
                return new PeerToPeer();
            }
            Matcher matcher = SCHEME.matcher(text);
            if (!matcher.matches()) {
                return etcd(text);
            }
            return switch (matcher.group(1).toLowerCase(Locale.ROOT)) {
                case "http", "https" -> http(text);
                case "etcd" -> etcd(matcher.group(2));
                case "redis" -> redis(matcher.group(2));
                default -> throw unusable("has an unknown scheme");
            };
        }

        private Http http(String text) throws ConfigException {
            try {
                URI uri = URI.create(text);
                if (uri.getHost() != null && uri.getUserInfo() == null && uri.getQuery() == null) {
                    return new Http(uri);
                }
            } catch (IllegalArgumentException e) {
                throw unusable("is no address");
            }
            throw unusable("is no address");
        }

        private Etcd etcd(String text) throws ConfigException {
            List<Endpoint> endpoints = new ArrayList<>();
            for (String one : text.replaceAll("/+$", "").split("[,;]", -1)) {
                endpoints.add(endpoint(one.strip().replaceFirst("^https?://", ""), ETCD_PORT));
            }
            if (endpoints.size() > ENDPOINTS_MAX) {
                throw unusable("names more than " + ENDPOINTS_MAX + " servers");
            }
            return new Etcd(List.copyOf(endpoints));
        }

        private Redis redis(String text) throws ConfigException {
            Matcher matcher = REDIS.matcher(text);
            if (!matcher.matches()) {
                throw unusable("is no address");
            }
            return new Redis(
                    endpoint(matcher.group(3), REDIS_PORT),
                    present(matcher.group(1)),
                    present(matcher.group(2)),
                    present(matcher.group(4)).map(Integer::parseInt).orElse(0));
        }

        private static Optional<String> present(String group) {
            return Optional.ofNullable(group).filter(text -> !text.isEmpty());
        }

        private Endpoint endpoint(String text, int defaultPort) throws ConfigException {
            Matcher matcher = HOST_PORT.matcher(text);
            if (!matcher.matches()) {
                throw unusable("is no address");
            }
            int port = present(matcher.group(2)).map(Integer::parseInt).orElse(defaultPort);
            if (port < 1 || port > PORT_MAX) {
                throw unusable("has a port outside of 1 to " + PORT_MAX);
            }
            return new Endpoint(matcher.group(1).replaceAll("[\\[\\]]", ""), port);
        }

        /** A password in a value that can't be used must not end up in a log. */
        private ConfigException unusable(String problem) {
            String shown = USER_INFO.matcher(setting.value()).replaceFirst("//...@");
            return ConfigException.of(
                    new Setting(setting.field(), shown, setting.origin()),
                    problem + "; write " + VALID);
        }
    }
}
