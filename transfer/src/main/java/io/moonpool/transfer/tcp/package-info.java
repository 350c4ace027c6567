// SPDX-License-Identifier: Apache-2.0
/**
 * The transport over plain TCP (docs/spec/08-transfer-tcp.md). A few threads, each with a selector,
 * do all input and output; a connection belongs to one of them. Payload goes from the registered
 * segment to the socket and from the socket into the registered segment, without a copy between.
 *
 * <p>Nothing that a peer says is believed: lengths are checked before anything is written or kept,
 * whatever it may make us hold is bounded, and who breaks a rule loses that connection alone.
 */
package io.moonpool.transfer.tcp;
