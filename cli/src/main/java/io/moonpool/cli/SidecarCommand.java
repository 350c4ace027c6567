// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import io.moonpool.pool.settings.Setting;
import io.moonpool.sidecar.Sidecar;
import io.moonpool.sidecar.config.ConfigKey;
import io.moonpool.sidecar.config.ConfigLoader;
import io.moonpool.sidecar.config.Settings;
import io.moonpool.sidecar.config.SidecarConfig;
import io.moonpool.sidecar.lifecycle.Residency;
import io.moonpool.sidecar.log.LogSetup;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Runs a sidecar until it is told to stop. Its flags are the keys of the configuration, each under
 * its own name.
 */
@Command(
        name = "sidecar",
        description = "Runs the host's sidecar in the foreground; SIGTERM stops it in good order.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.ManifestVersion.class,
        footer = {
            "",
            "Stronger first: flags, MOONPOOL_SOCKET, --config (or, without one, the",
            "JSON at MOONCAKE_CONFIG_PATH), defaults.",
            "Exit status: 0 stopped, 69 a sidecar serves there already, 78 the",
            "configuration can't be used."
        })
final class SidecarCommand implements Callable<Integer> {
    private volatile int exitStatus = ExitStatus.OK;

    @Spec private CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "a YAML file of these same keys; see configs/sidecar.yaml")
    private Path config;

    static CommandLine commandLine() {
        CommandLine command = new CommandLine(new SidecarCommand());
        for (ConfigKey key : ConfigKey.values()) {
            // Tenants have structure, and a flag has none.
            if (key != ConfigKey.TENANTS) {
                command.getCommandSpec().addOption(option(key));
            }
        }
        return command;
    }

    private static OptionSpec option(ConfigKey key) {
        return OptionSpec.builder(flag(key))
                .paramLabel("VALUE")
                .description(key.help() + " (default: " + key.defaultText() + ")")
                .type(String[].class)
                .arity("1")
                .hideParamSyntax(true)
                .build();
    }

    @Override
    public Integer call() throws Exception {
        SidecarConfig loaded =
                ConfigLoader.load(
                        commandLineSettings(), Optional.ofNullable(config), System.getenv());
        LogSetup.apply(loaded.logFormat(), loaded.logLevel());
        Sidecar sidecar = Sidecar.start(loaded);
        Residency.keepProgram();
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform().name("moonpool-stop").unstarted(() -> stop(sidecar)));
        spec.commandLine().getOut().println(sidecar.summary());
        spec.commandLine().getOut().flush();
        sidecar.awaitFailure();
        exitStatus = ExitStatus.INTERNAL;
        return exitStatus;
    }

    /**
     * A JVM ended by a signal reports the signal; one that was asked to stop and did, ended well.
     */
    private void stop(Sidecar sidecar) {
        sidecar.close();
        Runtime.getRuntime().halt(exitStatus);
    }

    private Settings commandLineSettings() {
        Settings settings = new Settings();
        for (ConfigKey key : ConfigKey.values()) {
            String[] values =
                    spec.commandLine()
                            .getParseResult()
                            .matchedOptionValue(flag(key), new String[0]);
            for (String value : values) {
                settings.add(key, new Setting(flag(key), value, Setting.COMMAND_LINE));
            }
        }
        return settings;
    }

    private static String flag(ConfigKey key) {
        return "--" + key.yamlName();
    }
}
