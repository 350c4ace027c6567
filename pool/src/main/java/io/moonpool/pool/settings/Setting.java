// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.settings;

/**
 * A value as it was written, and where: "command line", "environment" or a file with its line.
 * Keeps the place so that an error found later still names it.
 */
public record Setting(String field, String value, String origin) {
    public static final String COMMAND_LINE = "command line";
    public static final String ENVIRONMENT = "environment";
    public static final String DEFAULT = "default";
}
