// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import io.moonpool.sidecar.Version;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root command; does nothing by itself. */
@Command(
        name = "moonpool",
        description = "Keeps the KV cache of LLM engines outside the engine.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.ManifestVersion.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {StatusCommand.class, CleanCommand.class, DrainCommand.class})
public final class Main implements Runnable {
    @Spec private CommandSpec spec;

    static final class ManifestVersion implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"moonpool " + Version.string()};
        }
    }

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine root =
                new CommandLine(new Main())
                        .addSubcommand(SidecarCommand.commandLine())
                        .addSubcommand(MasterCommand.commandLine());
        root.setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("moonpool: " + failure.getMessage());
            return ExitStatus.of(failure);
        });
        return root;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}
