// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Turns written settings into typed values; every failure names the place, the field, the value and
 * the cure.
 */
final class Values {
    private static final long UID_MAX = 0xFFFF_FFFEL;
    private static final Pattern TENANT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,39}");

    private Values() {}

    static long bytes(Setting setting) throws ConfigException {
        try {
            return ByteSize.parse(setting.value());
        } catch (IllegalArgumentException e) {
            throw ConfigException.of(setting, e.getMessage());
        }
    }

    static int uid(Setting setting) throws ConfigException {
        return (int) number(setting, 0, UID_MAX, "a numeric user id; `id -u NAME` prints it");
    }

    static int count(Setting setting, int min, int max) throws ConfigException {
        return (int) number(setting, min, max, "a number from " + min + " to " + max);
    }

    private static long number(Setting setting, long min, long max, String wanted)
            throws ConfigException {
        try {
            long value = Long.parseLong(setting.value().strip());
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Falls through to the same words as a number out of range.
        }
        throw ConfigException.of(setting, "is not usable; write " + wanted);
    }

    static double share(Setting setting) throws ConfigException {
        try {
            double value = Double.parseDouble(setting.value().strip());
            if (value > 0 && value <= 1) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Falls through to the same words as a number out of range.
        }
        throw ConfigException.of(setting, "is no share; write a number above 0 and up to 1");
    }

    static Path path(Setting setting) throws ConfigException {
        if (setting.value().isBlank()) {
            throw ConfigException.of(setting, "is empty; name a path, or leave the key out");
        }
        try {
            return Path.of(setting.value()).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw ConfigException.of(setting, "is no path: " + e.getReason());
        }
    }

    static String tenant(Setting setting) throws ConfigException {
        if (!TENANT.matcher(setting.value()).matches()) {
            throw ConfigException.of(
                    setting,
                    "is no tenant name; use up to 40 of A-Z a-z 0-9 . _ - and begin with a letter"
                            + " or digit");
        }
        return setting.value();
    }

    static <E extends Enum<E>> E choice(Setting setting, Class<E> type) throws ConfigException {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equalsIgnoreCase(setting.value().strip())) {
                return constant;
            }
        }
        throw ConfigException.of(setting, "is not known; write one of " + names(type));
    }

    private static <E extends Enum<E>> String names(Class<E> type) {
        return String.join(
                ", ",
                Arrays.stream(type.getEnumConstants())
                        .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                        .toList());
    }
}
