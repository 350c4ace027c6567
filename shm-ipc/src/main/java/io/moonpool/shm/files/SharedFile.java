// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.files;

import io.moonpool.shm.nativecalls.FileSpace;
import io.moonpool.shm.nativecalls.OpenFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * One file of the sidecar's directory, open and mapped whole from construction to {@link #close}.
 * Its owner closes it; who uses the mapping afterwards gets an exception and never somebody else's
 * memory. The file itself stays until it is deleted.
 */
public final class SharedFile implements AutoCloseable {
    private final Path path;
    private final FileId id;
    private final int readWrite;
    private final int readOnly;
    private final Arena arena;
    private final MemorySegment memory;

    private SharedFile(Path path, int readWrite, int readOnly, long bytes) throws IOException {
        this.path = path;
        this.id = idOf(path);
        this.readWrite = readWrite;
        this.readOnly = readOnly;
        this.arena = Arena.ofShared();
        this.memory = OpenFiles.map(readWrite, bytes, arena);
    }

    /** A new file of holes, for its owner alone (mode 0600). Pages come with {@link #allocate}. */
    public static SharedFile create(Path path, long bytes) throws IOException {
        int descriptor = OpenFiles.create(path);
        try {
            FileSpace.resize(descriptor, bytes);
            return open(path, descriptor, bytes);
        } catch (IOException refused) {
            OpenFiles.close(descriptor);
            Files.deleteIfExists(path);
            throw refused;
        }
    }

    /** A file of an earlier life, which must have the expected size. */
    public static SharedFile openExisting(Path path, long bytes) throws IOException {
        int descriptor = OpenFiles.openReadWrite(path);
        try {
            long present = Files.size(path);
            if (present != bytes) {
                throw new IOException(
                        "shared file has another size (delete it to start afresh): path="
                                + path
                                + ", bytes="
                                + present
                                + ", expected="
                                + bytes);
            }
            return open(path, descriptor, bytes);
        } catch (IOException refused) {
            OpenFiles.close(descriptor);
            throw refused;
        }
    }

    /** Makes the pages of a range real; ENOSPC in the exception when there are too few. */
    public void allocate(long offset, long length) throws IOException {
        FileSpace.allocate(readWrite, offset, length);
    }

    /** The whole file; always the same segment, usable by any thread. */
    public MemorySegment map() {
        return memory;
    }

    public FileId id() {
        return id;
    }

    public Path path() {
        return path;
    }

    public long bytes() {
        return memory.byteSize();
    }

    /** The open file for a client that reads and writes. */
    public int descriptor() {
        return readWrite;
    }

    /** The open file for a client that may only read: it can't be mapped writable. */
    public int readOnlyDescriptor() {
        return readOnly;
    }

    @Override
    public void close() {
        arena.close();
        OpenFiles.close(readWrite);
        OpenFiles.close(readOnly);
    }

    private static SharedFile open(Path path, int readWrite, long bytes) throws IOException {
        int readOnly = OpenFiles.openReadOnly(path);
        try {
            return new SharedFile(path, readWrite, readOnly, bytes);
        } catch (IOException refused) {
            OpenFiles.close(readOnly);
            throw refused;
        }
    }

    private static FileId idOf(Path path) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(path, "unix:dev,ino");
        return new FileId((long) attributes.get("dev"), (long) attributes.get("ino"));
    }
}
