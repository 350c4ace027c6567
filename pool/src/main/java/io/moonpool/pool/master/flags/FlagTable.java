// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.flags;

import io.moonpool.pool.master.flags.Flag.Kind;
import io.moonpool.pool.master.flags.Flag.Treatment;
import io.moonpool.pool.settings.NearestName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** All flags, in the order of the file {@code flags.txt} beside this class. */
public final class FlagTable {
    private static final String RESOURCE = "flags.txt";
    private static final int COLUMNS = 5;

    private final Map<String, Flag> flags = new LinkedHashMap<>();

    private FlagTable() {}

    /** Reads the table; a line that is no row of it is an error of the build. */
    public static FlagTable load() {
        FlagTable table = new FlagTable();
        text().lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(FlagTable::row)
                .forEach(flag -> table.flags.put(flag.name(), flag));
        return table;
    }

    private static String text() {
        try (InputStream file = FlagTable.class.getResourceAsStream(RESOURCE)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("a file of our own jar", e);
        }
    }

    private static Flag row(String line) {
        String[] columns = line.split("\\|", COLUMNS);
        if (columns.length != COLUMNS) {
            throw new IllegalStateException(RESOURCE + ": no row: " + line);
        }
        return new Flag(
                columns[0].strip(),
                Kind.valueOf(columns[1].strip().toUpperCase(Locale.ROOT)),
                columns[2].strip(),
                Treatment.of(columns[3].strip()),
                columns[4].strip());
    }

    public List<Flag> all() {
        return List.copyOf(flags.values());
    }

    /** Dashes count as underscores. */
    public Optional<Flag> find(String name) {
        return Optional.ofNullable(flags.get(name.replace('-', '_')));
    }

    /** A flag that is known to exist. */
    Flag get(String name) {
        return find(name).orElseThrow(() -> new IllegalArgumentException("no flag " + name));
    }

    /** What somebody who wrote {@code wrong} most likely meant. */
    public String nearest(String wrong) {
        return NearestName.of(wrong.replace('-', '_'), flags.keySet());
    }
}
