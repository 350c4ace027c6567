// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.sidecar.config.AlreadyRunningException;
import io.moonpool.sidecar.config.ConfigLoader;
import io.moonpool.sidecar.config.Defaults;
import io.moonpool.sidecar.config.SidecarConfig;
import io.moonpool.sidecar.durable.LockFile;
import io.moonpool.sidecar.durable.OwnedDirectory;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * The right to the two socket names, for as long as this process lives. A lock decides between two
 * sidecars; a name is only ever removed when it is a socket that nobody answers, and after the lock
 * was taken.
 */
public final class SocketClaim implements AutoCloseable {
    private static final int FILE_TYPE = 0xF000;
    private static final int SOCKET_TYPE = 0xC000;
    private static final String FIELD = "socket";

    private final Path control;
    private final Path descriptors;
    private final LockFile lock;

    private SocketClaim(Path control, Path descriptors, LockFile lock) {
        this.control = control;
        this.descriptors = descriptors;
        this.lock = lock;
    }

    public static SocketClaim take(SidecarConfig config)
            throws ConfigException, AlreadyRunningException {
        Path control = config.socket();
        Path name = control.getFileName();
        if (name == null) {
            throw new ConfigException(FIELD + ": '" + control + "' is no file name; name a file");
        }
        prepareDirectory(config);
        try {
            LockFile lock =
                    LockFile.tryTake(
                                    control.resolveSibling(name + ".lock"),
                                    ProcessHandle.current().pid() + "\n")
                            .orElseThrow(() -> new AlreadyRunningException(control));
            Path descriptors = control.resolveSibling(name + ConfigLoader.DESCRIPTOR_SUFFIX);
            SocketClaim claim = new SocketClaim(control, descriptors, lock);
            claim.removeStaleOrRelease();
            return claim;
        } catch (IOException e) {
            throw new ConfigException(
                    "%s: '%s' can't be used (%s); check the permissions of its directory"
                            .formatted(FIELD, control, e));
        }
    }

    /**
     * The default directory is ours to make; any other one is the user's to choose, and is left as
     * it is.
     */
    private static void prepareDirectory(SidecarConfig config) throws ConfigException {
        Path directory = config.socket().getParent();
        boolean ours = directory.equals(Defaults.runDirectory(config.ownUid()));
        if (ours || !Files.exists(directory)) {
            OwnedDirectory.create(
                    directory, config.servesOtherUsers() ? "rwx--x--x" : "rwx------", FIELD);
        } else if (!Files.isDirectory(directory)) {
            throw new ConfigException(
                    "%s: '%s' is no directory; name a socket in one".formatted(FIELD, directory));
        }
    }

    private void removeStaleOrRelease()
            throws IOException, ConfigException, AlreadyRunningException {
        try {
            for (Path socket : List.of(control, descriptors)) {
                removeStale(socket);
            }
        } catch (IOException | ConfigException | AlreadyRunningException e) {
            lock.close();
            throw e;
        }
    }

    private static void removeStale(Path path)
            throws IOException, ConfigException, AlreadyRunningException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if ((mode & FILE_TYPE) != SOCKET_TYPE) {
            throw new ConfigException(
                    "%s: '%s' exists and is no socket; remove it, or name another path"
                            .formatted(FIELD, path));
        }
        if (answers(path)) {
            throw new AlreadyRunningException(path);
        }
        Files.delete(path);
    }

    private static boolean answers(Path socket) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false;
        }
    }

    public Path control() {
        return control;
    }

    public Path descriptors() {
        return descriptors;
    }

    /**
     * Lets every user connect: who may attach is decided by the peer's uid, and whoever may not is
     * told so in words. What keeps strangers out altogether is the directory.
     */
    public void openToAll() throws StartFailure {
        try {
            for (Path socket : List.of(control, descriptors)) {
                Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
            }
        } catch (IOException e) {
            throw new StartFailure("the sockets' modes can't be set: " + e, e);
        }
    }

    /** Removes the names while the lock is still held, so never those of a successor. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(control);
        Files.deleteIfExists(descriptors);
        lock.close();
    }
}
