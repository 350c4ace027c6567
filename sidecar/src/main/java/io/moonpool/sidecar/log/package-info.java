// SPDX-License-Identifier: Apache-2.0
/**
 * One line an event, as text or as JSON, on standard error; what a client can cause is limited in
 * rate.
 */
package io.moonpool.sidecar.log;
