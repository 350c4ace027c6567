// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.files.SharedFile;
import io.moonpool.shm.headers.ArenaRecord;
import io.moonpool.shm.headers.BootPage;
import io.moonpool.shm.headers.HeaderTable;
import io.moonpool.shm.layout.DoorbellDescriptor;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import io.moonpool.shm.memory.Ordered;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Opens the files of the runtime directory, those of an earlier life where they fit, else new ones.
 * Holds the directory's lock from the start, so that no two sidecars ever write one header table.
 */
final class StoreFilesOpener {

    static final int HEADER_BYTES = SlotHeaderDescriptor.BYTES;

    private static final String LOCK = "store.lock";
    private static final String HEADERS = "headers";
    private static final String DOORBELL = "doorbell";
    private static final String ARENA_PREFIX = "arena-";

    private final StoreConfig config;
    private final Path directory;
    private final List<String> notes;
    private final int slabCount;
    private final long headersBytes;

    StoreFilesOpener(StoreConfig config, List<String> notes) {
        this.config = config;
        this.directory = config.runtimeDir();
        this.notes = notes;
        long slabs = 0;
        for (ArenaSpec arena : config.arenas()) {
            if (arena.bytes() < config.slabBytes() || arena.bytes() % config.slabBytes() != 0) {
                throw new StoreRefusal(
                        StoreRefusal.Code.INVALID,
                        "arena bytes of tenant "
                                + arena.tenant()
                                + ": "
                                + arena.bytes()
                                + " is no multiple of --slab-bytes "
                                + config.slabBytes());
            }
            slabs += arena.bytes() / config.slabBytes();
        }
        this.slabCount = Math.toIntExact(slabs);
        this.headersBytes = HeaderTable.bytesFor(slabCount, config.slabBytes());
    }

    /** Files that are open; {@code adopted}: of an earlier life, with what it left in them. */
    record Opened(
            Path directory,
            SharedFile headersFile,
            SharedFile doorbell,
            List<SharedFile> arenaFiles,
            HeaderTable headers,
            List<TenantArena> arenas,
            List<OrphanSession> orphans,
            boolean adopted) {}

    /** What {@link #open} made: the files, and what of them comes from an earlier life. */
    record Result(StoreFiles files, List<OrphanSession> orphans, boolean adopted) {}

    Result open() throws IOException {
        Files.createDirectories(
                directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        FileChannel lock = lock();
        try {
            Opened opened = openFiles();
            UUID bootId = UUID.randomUUID();
            int bootCount = new BootPage(opened.headersFile().map()).beginBoot(bootId);
            return new Result(
                    new StoreFiles(opened, lock, bootId, bootCount),
                    opened.orphans(),
                    opened.adopted());
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private FileChannel lock() throws IOException {
        Path file = directory.resolve(LOCK);
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Another store of this very process has it: the same answer.
        }
        channel.close();
        throw new StoreRefusal(
                StoreRefusal.Code.UNAVAILABLE,
                "runtime directory "
                        + directory
                        + ": another sidecar uses it; stop that one, or give this one another");
    }

    private Opened openFiles() throws IOException {
        String obstacle = obstacle();
        if (obstacle == null) {
            return open(true);
        }
        if (Files.exists(directory.resolve(HEADERS))) {
            notes.add("starting with an empty arena: " + obstacle);
        }
        removeAll();
        return open(false);
    }

    /** Why the files of an earlier life can't be used, or null. */
    private String obstacle() throws IOException {
        Path path = directory.resolve(HEADERS);
        if (!Files.exists(path)) {
            return "there is no header table";
        }
        if (Files.size(path) != headersBytes) {
            return "sizes of arenas or slabs have changed";
        }
        try (SharedFile file = SharedFile.openExisting(path, headersBytes)) {
            BootPage page = new BootPage(file.map());
            if (!page.isAdoptable(slabCount, config.slabBytes())) {
                return "the layout or the slab size has changed";
            }
            return arenaObstacle(page);
        }
    }

    private String arenaObstacle(BootPage page) throws IOException {
        if (page.arenaCount() != config.arenas().size()) {
            return "the number of arenas has changed";
        }
        for (int i = 0; i < config.arenas().size(); i++) {
            ArenaSpec spec = config.arenas().get(i);
            ArenaRecord record = page.arena(i);
            Path path = arenaPath(spec);
            boolean same =
                    record.tenant().equals(spec.tenant())
                            && record.slabCount() == spec.bytes() / config.slabBytes()
                            && Files.exists(path)
                            && Files.size(path) == spec.bytes();
            if (!same) {
                return "the arena of tenant " + spec.tenant() + " has changed";
            }
            try (SharedFile file = SharedFile.openExisting(path, spec.bytes())) {
                if (!file.id().equals(record.fileId())) {
                    return "the arena file of tenant " + spec.tenant() + " is another one";
                }
            }
        }
        return null;
    }

    private Opened open(boolean adopt) throws IOException {
        List<SharedFile> opened = new ArrayList<>();
        try {
            SharedFile headersFile = keep(opened, file(HEADERS, headersBytes, adopt));
            SharedFile doorbell = keep(opened, doorbell());
            HeaderTable headers = new HeaderTable(headersFile.map(), slabCount, config.slabBytes());
            allocate(headersFile, headers.slabHeadersOffset(0), "header table");
            BootPage page = new BootPage(headersFile.map());
            if (!adopt) {
                page.format(slabCount, config.slabBytes());
            }
            List<SharedFile> arenaFiles = new ArrayList<>();
            List<TenantArena> arenas = new ArrayList<>();
            int slabFirst = 0;
            for (ArenaSpec spec : config.arenas()) {
                SharedFile file =
                        keep(
                                opened,
                                file(
                                        arenaPath(spec).getFileName().toString(),
                                        spec.bytes(),
                                        adopt));
                allocate(file, spec.bytes(), "arena of tenant " + spec.tenant());
                int slabs = (int) (spec.bytes() / config.slabBytes());
                if (!adopt) {
                    page.addArena(new ArenaRecord(spec.tenant(), slabFirst, slabs, file.id()));
                }
                arenas.add(
                        new TenantArena(
                                arenas.size(), spec.tenant(), file.map(), slabFirst, slabs));
                arenaFiles.add(file);
                slabFirst += slabs;
            }
            List<OrphanSession> orphans = adopt ? orphans() : List.of();
            return new Opened(
                    directory, headersFile, doorbell, arenaFiles, headers, arenas, orphans, adopt);
        } catch (IOException | RuntimeException e) {
            opened.forEach(SharedFile::close);
            throw e;
        }
    }

    private static SharedFile keep(List<SharedFile> opened, SharedFile file) {
        opened.add(file);
        return file;
    }

    private SharedFile file(String name, long bytes, boolean adopt) throws IOException {
        Path path = directory.resolve(name);
        return adopt ? SharedFile.openExisting(path, bytes) : SharedFile.create(path, bytes);
    }

    private SharedFile doorbell() throws IOException {
        Path path = directory.resolve(DOORBELL);
        if (Files.exists(path)) {
            return SharedFile.openExisting(path, DoorbellDescriptor.FILE_BYTES);
        }
        SharedFile file = SharedFile.create(path, DoorbellDescriptor.FILE_BYTES);
        file.allocate(0, DoorbellDescriptor.FILE_BYTES);
        Ordered.longRelease(file.map(), DoorbellDescriptor.MAGIC_OFFSET, DoorbellDescriptor.MAGIC);
        return file;
    }

    private void allocate(SharedFile file, long bytes, String what) throws IOException {
        try {
            file.allocate(0, bytes);
        } catch (IOException e) {
            FileStore tmpfs = Files.getFileStore(directory);
            throw new StoreRefusal(
                    StoreRefusal.Code.UNAVAILABLE,
                    "no memory for the "
                            + what
                            + ": it needs "
                            + bytes
                            + " bytes, "
                            + directory
                            + " ("
                            + tmpfs.type()
                            + ") has "
                            + tmpfs.getUsableSpace()
                            + " of "
                            + tmpfs.getTotalSpace()
                            + " bytes free; make the arena smaller or the tmpfs larger",
                    e);
        }
    }

    private Path arenaPath(ArenaSpec spec) {
        return directory.resolve(
                ARENA_PREFIX + URLEncoder.encode(spec.tenant(), StandardCharsets.UTF_8));
    }

    private List<OrphanSession> orphans() throws IOException {
        List<OrphanSession> orphans = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.forEach(file -> SessionFileName.parse(file).ifPresent(orphans::add));
        }
        return orphans;
    }

    private void removeAll() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                boolean ours =
                        name.equals(HEADERS)
                                || name.equals(DOORBELL)
                                || name.startsWith(ARENA_PREFIX)
                                || name.startsWith(SessionFileName.PREFIX);
                if (ours) {
                    Files.delete(file);
                }
            }
        }
    }
}
