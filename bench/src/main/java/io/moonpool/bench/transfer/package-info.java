// SPDX-License-Identifier: Apache-2.0
/** The transport over TCP beside plain sockets that move the same bytes. */
package io.moonpool.bench.transfer;
