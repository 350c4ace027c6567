// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.sidecar.config.ByteSize;
import io.moonpool.sidecar.config.Defaults;
import io.moonpool.sidecar.durable.RuntimeDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Gives back the memory of arenas that no running sidecar holds, and with it what is cached in
 * them.
 */
@Command(
        name = "clean",
        description = "Removes this user's arenas that no running sidecar holds.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.ManifestVersion.class)
final class CleanCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = "--arena-dir",
            paramLabel = "DIR",
            defaultValue = "/dev/shm",
            description = "where to look (default: ${DEFAULT-VALUE})")
    private Path arenaDir;

    @Override
    public Integer call() throws ConfigException {
        PrintWriter out = spec.commandLine().getOut();
        List<RuntimeDirectory.Removed> removed;
        try {
            removed = RuntimeDirectory.removeOrphans(arenaDir.toAbsolutePath(), Defaults.ownUid());
        } catch (IOException e) {
            throw new ConfigException(
                    "--arena-dir: '%s' can't be cleaned (%s); check the path and its permissions"
                            .formatted(arenaDir, e));
        }
        removed.forEach(each ->
                out.println(
                        "removed %s, %s"
                                .formatted(each.directory(), ByteSize.format(each.bytes()))));
        if (removed.isEmpty()) {
            out.println("nothing to remove in " + arenaDir);
        }
        return ExitStatus.OK;
    }
}
