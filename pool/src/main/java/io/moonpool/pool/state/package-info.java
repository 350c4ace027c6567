// SPDX-License-Identifier: Apache-2.0
/**
 * The directory of who holds what: a pure, deterministic state machine. Commands carry their time,
 * queries read, orders and facts come out; there is no clock, no thread, no chance and no I/O in
 * here, so that the same commands give the same state on every node and in every simulation.
 */
package io.moonpool.pool.state;
