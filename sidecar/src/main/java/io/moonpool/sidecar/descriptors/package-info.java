// SPDX-License-Identifier: Apache-2.0
/**
 * The socket that hands out open files against a ticket, and sees that the session file is locked
 * before a session counts.
 */
package io.moonpool.sidecar.descriptors;
