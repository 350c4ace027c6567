// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import io.moonpool.pool.state.Digest;
import io.moonpool.pool.state.MemberId;
import io.moonpool.pool.state.ObjectKey;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How objects and members are called on the pages. */
public final class Names {
    private static final Pattern KEY =
            Pattern.compile("([0-9a-fA-F]{64}):(\\d{1,19}):([0-9a-fA-F]{64})");
    private static final Pattern UUID = Pattern.compile("(\\d{1,20})-(\\d{1,20})");

    private Names() {}

    /** Layout, epoch and hash, nothing cut short. */
    static String of(ObjectKey key) {
        return key.layout() + ":" + key.epoch() + ":" + key.hash();
    }

    /** The reverse of {@link #of(ObjectKey)}. */
    static Optional<ObjectKey> key(String text) {
        Matcher matcher = KEY.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new ObjectKey(
                            Digest.parse(matcher.group(1)),
                            Long.parseLong(matcher.group(2)),
                            Digest.parse(matcher.group(3))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Two decimal numbers, as Mooncake writes its UUIDs. */
    static String of(MemberId id) {
        return Long.toUnsignedString(id.high()) + "-" + Long.toUnsignedString(id.low());
    }

    /** The reverse of {@link #of(MemberId)}. */
    static Optional<MemberId> id(String text) {
        Matcher matcher = UUID.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new MemberId(
                            Long.parseUnsignedLong(matcher.group(1)),
                            Long.parseUnsignedLong(matcher.group(2))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
