// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import java.util.Optional;

/** What a Redis server answers. */
sealed interface RespReply {
    /** Such as "OK". */
    record Simple(String text) implements RespReply {}

    /** It refused. */
    record Error(String text) implements RespReply {}

    /** A number. */
    record Whole(long value) implements RespReply {}

    /** A value, or none. */
    record Bulk(Optional<String> text) implements RespReply {}
}
