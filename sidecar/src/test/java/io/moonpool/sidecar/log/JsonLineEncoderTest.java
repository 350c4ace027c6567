// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class JsonLineEncoderTest {
    @Test
    void writesOneFlatObjectALine() {
        LoggingEvent event = event("attached");
        event.addKeyValuePair(new KeyValuePair("session", 7L));
        event.addKeyValuePair(new KeyValuePair("engine", "a\"b"));
        assertThat(encode(event))
                .isEqualTo(
                        """
                        {"time":"1970-01-01T00:00:00Z","level":"INFO","logger":"x","message":"attached",\
                        "session":7,"engine":"a\\"b"}
                        """);
    }

    @Test
    void keepsHostileTextOnOneLine() {
        assertThat(encode(event("a\nb\u0007\\"))).contains("\"a\\nb\\u0007\\\\\"").hasLineCount(1);
    }

    private static LoggingEvent event(String message) {
        LoggingEvent event =
                new LoggingEvent(
                        "", new LoggerContext().getLogger("x"), Level.INFO, message, null, null);
        event.setInstant(Instant.EPOCH);
        return event;
    }

    private static String encode(LoggingEvent event) {
        return new String(new JsonLineEncoder().encode(event), StandardCharsets.UTF_8);
    }
}
