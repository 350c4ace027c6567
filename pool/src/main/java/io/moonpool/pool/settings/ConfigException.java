// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.settings;

/**
 * A configuration that can't be used. The message is one line: where, which field, its value, what
 * is wrong, the cure.
 */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message.replaceAll("\\s*\\R\\s*", " "));
    }

    public static ConfigException of(Setting setting, String problem) {
        return new ConfigException(
                setting.origin()
                        + ": "
                        + setting.field()
                        + ": '"
                        + setting.value()
                        + "' "
                        + problem);
    }
}
