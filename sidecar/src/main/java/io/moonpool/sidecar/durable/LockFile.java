// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.durable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * A record lock that the kernel drops with this process, however it ends. Nothing in this process
 * may open the file a second time: closing that other descriptor would drop the lock.
 */
public final class LockFile implements AutoCloseable {
    private static final int ATTEMPTS_MAX = 8;

    private final FileChannel channel;

    private LockFile(FileChannel channel) {
        this.channel = channel;
    }

    /** Empty when somebody else holds it. {@code note} is written into the file, for people. */
    public static Optional<LockFile> tryTake(Path file, String note) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            FileChannel channel = open(file);
            Object before = identity(file);
            if (!locked(channel)) {
                channel.close();
                return Optional.empty();
            }
            if (before != null && before.equals(identity(file))) {
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(note.getBytes(StandardCharsets.UTF_8)), 0);
                return Optional.of(new LockFile(channel));
            }
            // It was removed between open and lock: what is locked has no name any more.
            channel.close();
        }
        throw new IOException(file + " is being removed again and again");
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static Object identity(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
