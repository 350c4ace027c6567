// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import io.moonpool.pool.master.flags.MasterConfig;
import io.moonpool.pool.master.flags.MasterConfig.Verbosity;
import io.moonpool.pool.master.flags.MasterFlags;
import io.moonpool.sidecar.Version;
import io.moonpool.sidecar.config.LogFormat;
import io.moonpool.sidecar.config.LogLevel;
import io.moonpool.sidecar.lifecycle.Residency;
import io.moonpool.sidecar.log.LogSetup;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Runs a master until it is told to stop. Its command line is that of Mooncake's, which picocli
 * hands over as it was written: gflags' rules are not those of an option parser.
 */
@Command(
        name = "master",
        description = {
            "Runs the pool's master in the foreground; SIGTERM stops it in good order.",
            "Takes the flags of Mooncake's master: docs/MASTER.md, or --help."
        },
        footer = {
            "",
            "Exit status: 0 stopped, 69 a port is taken,",
            "70 it failed, 78 a flag can't be used.",
            ""
        })
final class MasterCommand implements Callable<Integer> {
    private static final String SHORT_HELP = "-h";

    private volatile int exitStatus = ExitStatus.OK;

    @Spec private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "--FLAG=VALUE", hideParamSyntax = true)
    private List<String> arguments = new ArrayList<>();

    static CommandLine commandLine() {
        return new CommandLine(new MasterCommand())
                .setUnmatchedOptionsArePositionalParams(true)
                .setExpandAtFiles(false)
                .setTrimQuotes(false);
    }

    @Override
    public Integer call() throws Exception {
        MasterFlags flags =
                MasterFlags.parse(
                        arguments.stream()
                                .map(word -> word.equals(SHORT_HELP) ? "--help" : word)
                                .toList());
        PrintWriter out = spec.commandLine().getOut();
        if (flags.asksForHelp()) {
            spec.commandLine().usage(out);
            flags.help().forEach(out::println);
            out.flush();
            return ExitStatus.OK;
        }
        if (flags.asksForVersion()) {
            out.println("moonpool " + Version.string());
            out.flush();
            return ExitStatus.OK;
        }
        return serve(flags.config(), out);
    }

    private int serve(MasterConfig config, PrintWriter out) throws Exception {
        LogSetup.apply(LogFormat.TEXT, level(config.verbosity()));
        Master master = Master.start(config, out);
        Residency.keepProgram();
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform().name("moonpool-stop").unstarted(() -> stop(master)));
        master.awaitFailure();
        exitStatus = ExitStatus.INTERNAL;
        return exitStatus;
    }

    /**
     * A JVM ended by a signal reports the signal; one that was asked to stop and did, ended well.
     */
    private void stop(Master master) {
        master.close();
        Runtime.getRuntime().halt(exitStatus);
    }

    private static LogLevel level(Verbosity verbosity) {
        return switch (verbosity) {
            case ERRORS -> LogLevel.ERROR;
            case WARNINGS -> LogLevel.WARN;
            case NORMAL -> LogLevel.INFO;
            case DETAILED -> LogLevel.DEBUG;
        };
    }
}
