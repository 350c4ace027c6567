// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import io.grpc.StatusRuntimeException;
import io.moonpool.pool.client.DirectoryClient;
import io.moonpool.proto.v1.DrainReply;
import io.moonpool.sidecar.config.LogFormat;
import io.moonpool.sidecar.config.LogLevel;
import io.moonpool.sidecar.log.LogSetup;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Empties a member before it leaves, and shows how far that is. */
@Command(
        name = "drain",
        description = "Moves everything that a member holds to the other members.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exit status: 0 the member is empty, 69 the master does not answer, 70 the",
            "member still holds something at the deadline, 78 there is no such member."
        })
final class DrainCommand implements Callable<Integer> {
    private static final long PAUSE_MILLIS = 500;
    private static final String DRAINED = "drained";

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "MEMBER", description = "its local-hostname, or its id in hexadecimal")
    private String member;

    @Option(
            names = "--master",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:50051",
            description = "the pool's master (default: ${DEFAULT-VALUE})")
    private String master;

    @Option(
            names = "--to",
            paramLabel = "MEMBER",
            split = ",",
            description = "where to, if not anywhere")
    private List<String> targets = new ArrayList<>();

    @Option(names = "--cancel", description = "end a drain, and let the member be filled again")
    private boolean cancel;

    @Option(
            names = "--deadline",
            paramLabel = "SECONDS",
            defaultValue = "3600",
            description = "how long to wait for the end (default: ${DEFAULT-VALUE})")
    private long deadlineSeconds;

    @Override
    public Integer call() throws InterruptedException {
        LogSetup.apply(LogFormat.TEXT, LogLevel.ERROR);
        PrintWriter out = spec.commandLine().getOut();
        try (DirectoryClient directory = new DirectoryClient(master)) {
            if (cancel) {
                directory.cancelDrain(member);
                out.println(member + ": not drained any more");
                return ExitStatus.OK;
            }
            return drain(directory, out);
        } catch (StatusRuntimeException e) {
            return refused(e);
        }
    }

    private int drain(DirectoryClient directory, PrintWriter out) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(deadlineSeconds);
        String last = "";
        while (System.nanoTime() < deadline) {
            DrainReply reply = directory.drain(member, targets);
            String line =
                    "%s: %s, %d objects left, %d moved"
                            .formatted(
                                    member,
                                    reply.getState(),
                                    reply.getObjectsLeft(),
                                    reply.getObjectsMoved());
            if (!line.equals(last)) {
                out.println(line);
                out.flush();
                last = line;
            }
            if (reply.getState().equals(DRAINED)) {
                return ExitStatus.OK;
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        }
        return ExitStatus.INTERNAL;
    }

    private int refused(StatusRuntimeException e) {
        PrintWriter err = spec.commandLine().getErr();
        return switch (e.getStatus().getCode()) {
            case NOT_FOUND, FAILED_PRECONDITION, INVALID_ARGUMENT -> {
                err.println("moonpool drain: " + e.getStatus().getDescription());
                yield ExitStatus.CONFIG;
            }
            default -> {
                err.println(
                        "moonpool drain: no master answers at %s (%s); name it with --master"
                                .formatted(master, e.getStatus().getCode()));
                yield ExitStatus.UNAVAILABLE;
            }
        };
    }
}
