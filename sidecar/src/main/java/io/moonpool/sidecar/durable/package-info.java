// SPDX-License-Identifier: Apache-2.0
/**
 * What outlives a sidecar on the file system: its directories, the locks on them, and the ledger of
 * epochs.
 */
package io.moonpool.sidecar.durable;
