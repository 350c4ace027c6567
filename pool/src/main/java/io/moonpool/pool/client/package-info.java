// SPDX-License-Identifier: Apache-2.0
/**
 * A member's side of the pool: its link to the directory, and its calls to other members. Knows
 * nothing of a store; what is to be said and done comes through {@link
 * io.moonpool.pool.client.LinkedMember}.
 */
package io.moonpool.pool.client;
