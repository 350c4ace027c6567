// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A session file's name says whose it is, so that a later sidecar knows which engine's slots its
 * lock protects.
 */
final class SessionFileName {

    static final String PREFIX = "session-";

    private static final Pattern NAME = Pattern.compile(PREFIX + "(\\d{1,2})-([0-9a-f]{16})");

    private SessionFileName() {}

    static Path of(Path directory, int engineIndex, long sessionId) {
        return directory.resolve(String.format("%s%d-%016x", PREFIX, engineIndex, sessionId));
    }

    static Optional<OrphanSession> parse(Path file) {
        Matcher matcher = NAME.matcher(file.getFileName().toString());
        if (!matcher.matches() || Integer.parseInt(matcher.group(1)) >= EnginePins.ENGINES_MAX) {
            return Optional.empty();
        }
        long sessionId = Long.parseUnsignedLong(matcher.group(2), 16);
        return Optional.of(new OrphanSession(sessionId, Integer.parseInt(matcher.group(1)), file));
    }
}
