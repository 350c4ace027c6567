// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

/** How log lines look: for people, or one JSON object a line. */
public enum LogFormat {
    TEXT,
    JSON
}
