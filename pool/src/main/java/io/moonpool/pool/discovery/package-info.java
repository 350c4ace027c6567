// SPDX-License-Identifier: Apache-2.0
/**
 * Where hosts leave word of each other, under the names of Mooncake's {@code metadata_server}: an
 * HTTP metadata server, etcd, Redis, or nothing at all. Small JSON values under short keys, with a
 * time to live that whoever put them renews.
 */
package io.moonpool.pool.discovery;
