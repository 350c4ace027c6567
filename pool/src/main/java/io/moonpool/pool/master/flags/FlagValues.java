// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.flags;

import io.moonpool.pool.master.flags.Flag.Treatment;
import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The value of every flag, checked against its kind: what was written last, else the default. What
 * is refused here is refused before anything is opened.
 */
final class FlagValues {
    private static final Set<String> TRUE = Set.of("true", "t", "yes", "y", "1");
    private static final Set<String> FALSE = Set.of("false", "f", "no", "n", "0");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,15})\\s*(ms|s|m|h)?");
    private static final int PORT_MAX = 65_535;

    private final FlagTable table;
    private final Map<String, Setting> written = new LinkedHashMap<>();

    /** Later settings win over earlier ones. */
    FlagValues(FlagTable table, List<Setting> settings) throws ConfigException {
        this.table = table;
        for (Setting setting : settings) {
            check(setting);
            written.put(setting.field(), setting);
        }
        for (Setting setting : written.values()) {
            refuse(setting);
        }
    }

    private void check(Setting setting) throws ConfigException {
        switch (table.get(setting.field()).kind()) {
            case BOOL -> bool(setting);
            case INT -> whole(setting);
            case REAL -> real(setting);
            case DURATION -> millis(setting);
            case TEXT -> setting.value();
        }
    }

    private void refuse(Setting setting) throws ConfigException {
        Flag flag = table.get(setting.field());
        if (flag.treatment() == Treatment.REFUSED && !isDefault(setting)) {
            throw new ConfigException(
                    "%s: %s: %s".formatted(setting.origin(), flag.option(), flag.words()));
        }
    }

    private boolean isDefault(Setting setting) throws ConfigException {
        Flag flag = table.get(setting.field());
        Setting standard = standard(flag);
        return switch (flag.kind()) {
            case BOOL -> bool(setting) == bool(standard);
            case INT -> whole(setting) == whole(standard);
            case REAL -> Double.compare(real(setting), real(standard)) == 0;
            case DURATION -> millis(setting) == millis(standard);
            case TEXT -> setting.value().equals(standard.value());
        };
    }

    private static Setting standard(Flag flag) {
        return new Setting(flag.name(), flag.defaultText(), Setting.DEFAULT);
    }

    /** One line for each flag that was written and does nothing here. */
    List<String> withoutEffect() throws ConfigException {
        List<String> lines = new ArrayList<>();
        for (Setting setting : written.values()) {
            Flag flag = table.get(setting.field());
            if (flag.treatment() == Treatment.WITHOUT_EFFECT && !isDefault(setting)) {
                lines.add("%s has no effect: %s".formatted(flag.option(), flag.words()));
            }
        }
        return lines;
    }

    Setting setting(String name) {
        return Optional.ofNullable(written.get(name)).orElseGet(() -> standard(table.get(name)));
    }

    String text(String name) {
        return setting(name).value().strip();
    }

    boolean bool(String name) throws ConfigException {
        return bool(setting(name));
    }

    long whole(String name, long min, long max) throws ConfigException {
        long value = whole(setting(name));
        if (value < min || value > max) {
            throw ConfigException.of(
                    setting(name), "is out of range; write a number from " + min + " to " + max);
        }
        return value;
    }

    int port(String name) throws ConfigException {
        return (int) whole(name, 0, PORT_MAX);
    }

    private static boolean bool(Setting setting) throws ConfigException {
        String value = setting.value().strip().toLowerCase(Locale.ROOT);
        if (TRUE.contains(value)) {
            return true;
        }
        if (FALSE.contains(value)) {
            return false;
        }
        throw ConfigException.of(setting, "is neither true nor false; write one of them");
    }

    private static long whole(Setting setting) throws ConfigException {
        try {
            return Long.parseLong(setting.value().strip());
        } catch (NumberFormatException e) {
            throw ConfigException.of(setting, "is no whole number; write one");
        }
    }

    private static double real(Setting setting) throws ConfigException {
        try {
            return Double.parseDouble(setting.value().strip());
        } catch (NumberFormatException e) {
            throw ConfigException.of(setting, "is no number; write one");
        }
    }

    private static long millis(Setting setting) throws ConfigException {
        Matcher matcher = DURATION.matcher(setting.value().strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw ConfigException.of(
                    setting, "is no duration; write milliseconds, or a number with ms, s, m or h");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (Optional.ofNullable(matcher.group(2)).orElse("ms")) {
            case "h" -> number * 3_600_000;
            case "m" -> number * 60_000;
            case "s" -> number * 1_000;
            default -> number;
        };
    }
}
