// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

import io.moonpool.pool.state.Directory;
import io.moonpool.pool.state.Fact;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps facts, if there is a place for them. After a failed write the log's end is unknown: the
 * next write makes it anew from all that is true, and until one succeeds nothing is acknowledged.
 */
final class Durability implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Durability.class);

    private final DirectoryLock lock;
    private final FactLog log;
    private boolean broken;

    private Durability(DirectoryLock lock, FactLog log) {
        this.lock = lock;
        this.log = log;
    }

    static Durability none() {
        return new Durability(null, null);
    }

    /** Recalls to {@code directory} what was kept. */
    static Durability in(Path dataDir, Directory directory) throws IOException {
        DirectoryLock lock = DirectoryLock.take(dataDir);
        try {
            return new Durability(lock, FactLog.open(dataDir, directory::recall));
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Null when they are kept. */
    NotDurable write(List<Fact> facts, Directory directory) {
        if (facts.isEmpty() || log == null) {
            return null;
        }
        try {
            if (broken || log.isWorthReplacing()) {
                List<Fact> all = new ArrayList<>();
                directory.facts(all::add);
                log.replace(all);
                broken = false;
            } else {
                log.append(facts);
            }
            return null;
        } catch (IOException e) {
            broken = true;
            LOG.warn("data-dir: the directory's log can't be written: {}", e.toString());
            return new NotDurable(
                    "data-dir: the directory's log can't be written: "
                            + e.getMessage()
                            + "; make room, and ask again",
                    e);
        }
    }

    @Override
    public void close() throws IOException {
        if (log != null) {
            log.close();
            lock.close();
        }
    }
}
