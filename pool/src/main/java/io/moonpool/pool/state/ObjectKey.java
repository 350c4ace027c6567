// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/** The whole name of an object. */
public record ObjectKey(Digest layout, long epoch, Digest hash) {}
