// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import io.moonpool.shm.files.SharedFile;
import io.moonpool.sidecar.store.EndReason;
import io.moonpool.sidecar.store.FileKind;
import io.moonpool.sidecar.store.GrantedFile;
import io.moonpool.sidecar.store.OrphanSession;
import io.moonpool.sidecar.store.SessionGrant;
import io.moonpool.sidecar.store.SessionRequest;
import io.moonpool.sidecar.store.StoreControl;
import io.moonpool.sidecar.store.StoreRefusal;
import io.moonpool.sidecar.store.StoreSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Grants every session the same two files, and remembers what it was asked for. */
public final class FakeStore implements StoreControl {
    private static final int FILE_BYTES = 4096;

    private final AtomicLong ids = new AtomicLong(100);
    private final Path directory;
    private final List<OrphanSession> orphans;
    public final Map<Long, SessionRequest> opened = new ConcurrentHashMap<>();
    public final Map<Long, EndReason> ended = new ConcurrentHashMap<>();
    public final List<Long> activated = new CopyOnWriteArrayList<>();
    public final List<Long> deadOrphans = new CopyOnWriteArrayList<>();
    public volatile StoreRefusal refusal;

    public FakeStore(Path directory, OrphanSession... orphans) {
        this.directory = directory;
        this.orphans = new CopyOnWriteArrayList<>(orphans);
    }

    public Path sessionFile(long id) {
        return directory.resolve("session-" + id);
    }

    @Override
    public CompletableFuture<SessionGrant> open(SessionRequest request) {
        if (refusal != null) {
            return CompletableFuture.failedFuture(refusal);
        }
        long id = ids.incrementAndGet();
        opened.put(id, request);
        return CompletableFuture.completedFuture(
                new SessionGrant(
                        id,
                        3,
                        1,
                        new byte[16],
                        7,
                        sessionFile(id),
                        List.of(
                                new GrantedFile(FileKind.SESSION, file(sessionFile(id))),
                                new GrantedFile(
                                        FileKind.HEADERS,
                                        file(directory.resolve("headers-" + id)))),
                        List.of("a warning"),
                        List.of(),
                        20,
                        1_000_000,
                        1 << 20));
    }

    private static SharedFile file(Path path) {
        try {
            return SharedFile.create(path, FILE_BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public CompletableFuture<Void> activate(long sessionId) {
        activated.add(sessionId);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> end(long sessionId, EndReason reason) {
        ended.put(sessionId, reason);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<List<OrphanSession>> orphans() {
        return CompletableFuture.completedFuture(List.copyOf(orphans));
    }

    @Override
    public CompletableFuture<Void> orphanDead(long sessionId) {
        deadOrphans.add(sessionId);
        orphans.removeIf(orphan -> orphan.sessionId() == sessionId);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<StoreSnapshot> snapshot() {
        return CompletableFuture.completedFuture(
                new StoreSnapshot(new byte[16], 1, List.of(), List.of(), List.of()));
    }

    @Override
    public CompletableFuture<Void> shutdown() {
        return CompletableFuture.completedFuture(null);
    }
}
