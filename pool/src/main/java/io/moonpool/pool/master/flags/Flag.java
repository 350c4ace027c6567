// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.flags;

import java.util.Arrays;
import java.util.Locale;

/** One row of the table: a flag of Mooncake's master, or one of ours. */
public record Flag(String name, Kind kind, String defaultText, Treatment treatment, String words) {
    /** How its value is written. */
    public enum Kind {
        BOOL,
        INT,
        REAL,
        TEXT,
        DURATION
    }

    /** What is done with it here. */
    public enum Treatment {
        HONOURED,
        WITHOUT_EFFECT,
        REFUSED,
        OURS;

        /** As it is written in the table. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }

        static Treatment of(String text) {
            return Arrays.stream(values())
                    .filter(treatment -> treatment.text().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("treatment '" + text + "'"));
        }
    }

    /** As people write it. */
    public String option() {
        return "--" + name;
    }
}
