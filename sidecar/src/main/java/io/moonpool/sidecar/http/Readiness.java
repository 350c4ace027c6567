// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.http;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What must have happened before engines are sent here. Thread-safe. */
public final class Readiness {
    /** The steps of a start, in their order. */
    public enum Step {
        ARENA_ALLOCATED,
        SOCKETS_LISTENING,
        PATHS_WARMED
    }

    private final Set<Step> missing = EnumSet.allOf(Step.class);
    private boolean closing;

    public synchronized void reached(Step step) {
        missing.remove(step);
    }

    public synchronized void closing() {
        closing = true;
    }

    /** Empty when ready. */
    synchronized List<String> missing() {
        if (closing) {
            return List.of("shutting down");
        }
        return missing.stream()
                .map(step -> step.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                .toList();
    }
}
