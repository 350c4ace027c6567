// SPDX-License-Identifier: Apache-2.0
/** What operators and their tools ask over HTTP: metrics, health, readiness. Read-only. */
package io.moonpool.sidecar.http;
