// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Redis: SET with an expiry, GET and DEL. Calls are rare, so each has a connection of its own. */
final class RedisDiscovery implements Discovery {
    private final RedisLogin login;
    private final Duration deadline;

    RedisDiscovery(RedisLogin login, Duration deadline) {
        this.login = login;
        this.deadline = deadline;
    }

    @Override
    public void put(String key, String json, Duration timeToLive) throws DiscoveryException {
        expect(RespReply.Simple.class, "SET", key, json, "PX", "" + timeToLive.toMillis());
    }

    @Override
    public Optional<String> get(String key) throws DiscoveryException {
        return expect(RespReply.Bulk.class, "GET", key).text();
    }

    @Override
    public boolean delete(String key) throws DiscoveryException {
        return expect(RespReply.Whole.class, "DEL", key).value() > 0;
    }

    private <T extends RespReply> T expect(Class<T> kind, String... command)
            throws DiscoveryException {
        RespReply reply;
        try (RespConnection connection = RespConnection.open(login.endpoint(), deadline)) {
            enter(connection);
            reply = connection.call(command);
        } catch (IOException e) {
            throw new DiscoveryException(place(), e.getMessage(), e);
        }
        if (!kind.isInstance(reply)) {
            throw refused(command[0], reply);
        }
        return kind.cast(reply);
    }

    private void enter(RespConnection connection) throws IOException, DiscoveryException {
        if (login.password().isPresent()) {
            String password = login.password().get();
            RespReply reply =
                    login.user().isPresent()
                            ? connection.call("AUTH", login.user().get(), password)
                            : connection.call("AUTH", password);
            expectSimple("AUTH", reply);
        }
        if (login.database() != 0) {
            expectSimple("SELECT", connection.call("SELECT", "" + login.database()));
        }
    }

    private void expectSimple(String command, RespReply reply) throws DiscoveryException {
        if (!(reply instanceof RespReply.Simple)) {
            throw refused(command, reply);
        }
    }

    /** A value in a reply may be long, and may be secret. */
    private DiscoveryException refused(String command, RespReply reply) {
        return new DiscoveryException(
                place(),
                reply instanceof RespReply.Error error
                        ? command + " was refused: " + error.text()
                        : command + " was answered as no Redis does; check the address");
    }

    @Override
    public String place() {
        return login.toString();
    }

    @Override
    public void close() {
        // Nothing stays open between calls.
    }
}
