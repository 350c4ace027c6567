// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.moonpool.sidecar.config.LogFormat;
import io.moonpool.sidecar.config.LogLevel;
import org.slf4j.LoggerFactory;

/**
 * Sets up the process's log, in code: a sidecar has no file beside its jar that could disagree with
 * its flags.
 */
public final class LogSetup {
    private static final String PATTERN =
            "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %msg %kvp%n%ex{full}";

    private LogSetup() {}

    public static void apply(LogFormat format, LogLevel level) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder(context, format));
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        // Libraries speak only when something is wrong; their chatter is nobody's event.
        root.setLevel(Level.WARN);
        // Says that two servers of one process share a registry that nobody reads.
        context.getLogger("io.micrometer").setLevel(Level.ERROR);
        // Shows the stack of what a call of ours is told anyway, and says in a line of its own.
        context.getLogger("com.linecorp.armeria.client").setLevel(Level.ERROR);
        context.getLogger("io.moonpool").setLevel(Level.toLevel(level.name()));
    }

    private static Encoder<ILoggingEvent> encoder(LoggerContext context, LogFormat format) {
        Encoder<ILoggingEvent> encoder =
                switch (format) {
                    case JSON -> new JsonLineEncoder();
                    case TEXT -> textEncoder();
                };
        encoder.setContext(context);
        encoder.start();
        return encoder;
    }

    private static PatternLayoutEncoder textEncoder() {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setPattern(PATTERN);
        return encoder;
    }
}
