// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The highest removal of the directory that this member has carried out, kept over restarts. */
final class RemovalRecord {
    private static final Logger LOG = LoggerFactory.getLogger(RemovalRecord.class);
    private static final String FILE = "pool-removal";

    private final Path file;
    private volatile long latest;

    RemovalRecord(Path dataDir) {
        file = dataDir.resolve(FILE);
        latest = read();
    }

    long latest() {
        return latest;
    }

    /** Durable when it returns; a member that forgets one is only asked again. */
    synchronized void done(long removal) {
        if (removal <= latest) {
            return;
        }
        try {
            Path written = file.resolveSibling(FILE + ".new");
            Files.writeString(written, removal + "\n");
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
            latest = removal;
        } catch (IOException e) {
            LOG.warn("data-dir: {} can't be written ({}); make room", file, e.getMessage());
        }
    }

    private long read() {
        try {
            return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
        } catch (IOException | NumberFormatException e) {
            LOG.warn("data-dir: {} is not readable; removals are carried out again", file);
            return 0;
        }
    }
}
