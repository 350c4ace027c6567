// SPDX-License-Identifier: Apache-2.0
/**
 * Who is alive: the record lock of a session's file, and nothing else, proves it
 * (docs/spec/01-files.md, "The lock").
 */
package io.moonpool.sidecar.liveness;
