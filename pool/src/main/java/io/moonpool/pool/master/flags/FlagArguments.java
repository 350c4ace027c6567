// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.flags;

import io.moonpool.pool.master.flags.Flag.Kind;
import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Splits a command line by gflags' rules, which no option parser follows: one or two dashes, {@code
 * =} or the next word for a value, {@code --flag} and {@code --noflag} for booleans, dashes in a
 * name as good as underscores.
 */
public final class FlagArguments {
    private static final String NEGATION = "no";

    private final FlagTable table;
    private final List<Setting> settings = new ArrayList<>();

    private FlagArguments(FlagTable table) {
        this.table = table;
    }

    /** The flags in the order in which they were written, each under its name in the table. */
    public static List<Setting> parse(List<String> arguments, FlagTable table)
            throws ConfigException {
        FlagArguments parser = new FlagArguments(table);
        Iterator<String> words = arguments.iterator();
        while (words.hasNext()) {
            parser.add(words.next(), words);
        }
        return List.copyOf(parser.settings);
    }

    private void add(String word, Iterator<String> next) throws ConfigException {
        if (!word.startsWith("-") || word.replace("-", "").isEmpty()) {
            throw stray(word);
        }
        String written = word.substring(word.startsWith("--") ? 2 : 1);
        int equals = written.indexOf('=');
        String name = equals < 0 ? written : written.substring(0, equals);
        Optional<String> value =
                equals < 0 ? Optional.empty() : Optional.of(written.substring(equals + 1));
        Optional<Flag> flag = table.find(name);
        if (flag.isPresent()) {
            add(flag.get(), value.isPresent() ? value.get() : following(flag.get(), next));
        } else {
            add(negated(name, value.isEmpty()), "false");
        }
    }

    private void add(Flag flag, String value) {
        settings.add(new Setting(flag.name(), value, Setting.COMMAND_LINE));
    }

    private static String following(Flag flag, Iterator<String> next) throws ConfigException {
        if (flag.kind() == Kind.BOOL) {
            return "true";
        }
        if (!next.hasNext()) {
            throw new ConfigException(
                    "command line: %s has no value; write %s=VALUE"
                            .formatted(flag.option(), flag.option()));
        }
        return next.next();
    }

    private Flag negated(String name, boolean withoutValue) throws ConfigException {
        if (withoutValue && name.startsWith(NEGATION)) {
            Optional<Flag> flag = table.find(name.substring(NEGATION.length()));
            if (flag.isPresent() && flag.get().kind() == Kind.BOOL) {
                return flag.get();
            }
        }
        throw new ConfigException(
                "command line: --%s is no known flag; did you mean '--%s'? docs/MASTER.md lists all"
                        .formatted(name, table.nearest(name)));
    }

    /** gflags ignores such words; then {@code --flag false} would mean true. */
    private ConfigException stray(String word) {
        Optional<String> before =
                settings.isEmpty() ? Optional.empty() : Optional.of(settings.getLast().field());
        return new ConfigException(
                before.filter(name -> table.get(name).kind() == Kind.BOOL)
                        .map(name ->
                                "command line: --%s: '%s' belongs to no flag; write --%s=%s"
                                        .formatted(name, word, name, word))
                        .orElse(
                                "command line: '%s' belongs to no flag; write --NAME=VALUE"
                                        .formatted(word)));
    }
}
