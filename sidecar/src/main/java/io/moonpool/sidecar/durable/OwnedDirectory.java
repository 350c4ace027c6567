// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.durable;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.sidecar.config.Defaults;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A directory that nobody else can have prepared: made by us, or found to be a real directory of
 * ours that only we can write to. /tmp and /dev/shm are everybody's, so a name there proves
 * nothing.
 */
public final class OwnedDirectory {
    private OwnedDirectory() {}

    /** Makes the directory and its missing parents; {@code field} names the setting in errors. */
    public static void create(Path directory, String permissions, String field)
            throws ConfigException {
        Set<PosixFilePermission> mode = PosixFilePermissions.fromString(permissions);
        try {
            if (directory.getParent() != null) {
                Files.createDirectories(directory.getParent());
            }
            createOrAccept(directory, mode);
            verify(directory, field);
            Files.setPosixFilePermissions(directory, mode);
        } catch (IOException e) {
            throw new ConfigException(
                    "%s: directory '%s' can't be made (%s); check the permissions above it, or name"
                                    .formatted(field, directory, reason(e))
                            + " another");
        }
    }

    private static void createOrAccept(Path directory, Set<PosixFilePermission> mode)
            throws IOException {
        try {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(mode));
        } catch (FileAlreadyExistsException e) {
            // Whether it may be used is judged by verify, on what is really there.
            return;
        }
    }

    private static void verify(Path directory, String field) throws IOException, ConfigException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            throw refusal(field, directory, "is no directory (a link does not count)");
        }
        int owner = (Integer) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        if (owner != Defaults.ownUid()) {
            throw refusal(
                    field,
                    directory,
                    "belongs to uid %d, and this process is uid %d"
                            .formatted(owner, Defaults.ownUid()));
        }
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(directory);
        if (mode.contains(PosixFilePermission.GROUP_WRITE)
                || mode.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw refusal(field, directory, "can be written by other users");
        }
    }

    private static ConfigException refusal(String field, Path directory, String problem) {
        return new ConfigException(
                "%s: directory '%s' %s; remove it, or name another"
                        .formatted(field, directory, problem));
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }
}
