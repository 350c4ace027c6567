// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import io.moonpool.pool.discovery.MetadataAddress.Endpoint;
import java.util.Map;
import java.util.Optional;

/**
 * Where a Redis server is and how to enter; what the address leaves out, Mooncake's variables say.
 */
record RedisLogin(
        Endpoint endpoint, Optional<String> user, Optional<String> password, int database) {
    private static final String USER = "MC_REDIS_USERNAME";
    private static final String PASSWORD = "MC_REDIS_PASSWORD";
    private static final String DATABASE = "MC_REDIS_DB_INDEX";

    static RedisLogin of(MetadataAddress.Redis address, Map<String, String> environment) {
        return new RedisLogin(
                address.endpoint(),
                address.user().or(() -> variable(environment, USER)),
                address.password().or(() -> variable(environment, PASSWORD)),
                address.database() != 0
                        ? address.database()
                        : variable(environment, DATABASE)
                                .filter(text -> text.matches("\\d{1,3}"))
                                .map(Integer::parseInt)
                                .orElse(0));
    }

    private static Optional<String> variable(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(text -> !text.isEmpty());
    }

    /** Never with the password. */
    @Override
    public String toString() {
        return "redis://" + endpoint.text() + "/" + database;
    }
}
