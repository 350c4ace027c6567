// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/** No object of this namespace with a lower epoch may be served. Floors only rise. */
public record Floor(String tenant, Digest namespace, long epoch) {}
