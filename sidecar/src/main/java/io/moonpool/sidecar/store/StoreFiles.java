// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.files.SharedFile;
import io.moonpool.shm.headers.BootIds;
import io.moonpool.shm.headers.HeaderTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The shared files of this life of the sidecar, open and mapped: header table, doorbell, and one
 * arena a tenant. Made by {@link StoreFilesOpener}.
 */
final class StoreFiles implements AutoCloseable {

    private final Path directory;
    private final FileChannel lock;
    private final SharedFile headersFile;
    private final SharedFile doorbell;
    private final List<SharedFile> arenaFiles;
    private final HeaderTable headers;
    private final List<TenantArena> arenas;
    private final UUID bootId;
    private final int bootCount;

    StoreFiles(StoreFilesOpener.Opened opened, FileChannel lock, UUID bootId, int bootCount) {
        this.directory = opened.directory();
        this.lock = lock;
        this.headersFile = opened.headersFile();
        this.doorbell = opened.doorbell();
        this.arenaFiles = opened.arenaFiles();
        this.headers = opened.headers();
        this.arenas = opened.arenas();
        this.bootId = bootId;
        this.bootCount = bootCount;
    }

    HeaderTable headers() {
        return headers;
    }

    SharedFile doorbell() {
        return doorbell;
    }

    List<TenantArena> arenas() {
        return arenas;
    }

    TenantArena arena(String tenant) {
        for (TenantArena arena : arenas) {
            if (arena.tenant.equals(tenant)) {
                return arena;
            }
        }
        throw new StoreRefusal(
                StoreRefusal.Code.INVALID,
                "tenant: there is no arena for "
                        + tenant
                        + "; add it to the arenas of the sidecar");
    }

    List<MemorySegment> arenaMemory() {
        return arenas.stream().map(arena -> arena.memory).toList();
    }

    Path arenaPath(TenantArena arena) {
        return arenaFiles.get(arena.index).path();
    }

    UUID bootId() {
        return bootId;
    }

    byte[] bootIdBytes() {
        return BootIds.toBytes(bootId);
    }

    int bootCount() {
        return bootCount;
    }

    Path sessionPath(int engineIndex, long sessionId) {
        return SessionFileName.of(directory, engineIndex, sessionId);
    }

    /** In the order of docs/spec/04-control.md. */
    List<GrantedFile> granted(Session session) {
        List<GrantedFile> granted = new ArrayList<>();
        granted.add(new GrantedFile(FileKind.SESSION, session.file.file()));
        granted.add(new GrantedFile(FileKind.HEADERS, headersFile));
        granted.add(new GrantedFile(FileKind.ARENA, arenaFiles.get(session.arena().index)));
        if (session.role == SessionRole.SCHEDULER) {
            granted.add(new GrantedFile(FileKind.DOORBELL, doorbell));
        }
        return granted;
    }

    /** Makes the pages of a slab's headers real. */
    boolean allocateHeaders(int slab, int slots) {
        try {
            headersFile.allocate(
                    headers.slabHeadersOffset(slab), (long) slots * StoreFilesOpener.HEADER_BYTES);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** The files stay: the next sidecar takes them over. */
    @Override
    public void close() {
        arenaFiles.forEach(SharedFile::close);
        doorbell.close();
        headersFile.close();
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
