// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

/** The least important line that is still logged. */
public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG
}
