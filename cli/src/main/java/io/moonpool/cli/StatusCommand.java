// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.moonpool.proto.v1.StatusReply;
import io.moonpool.sidecar.config.LogFormat;
import io.moonpool.sidecar.config.LogLevel;
import io.moonpool.sidecar.control.AdminClient;
import io.moonpool.sidecar.log.LogSetup;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows what a sidecar holds and who is attached. */
@Command(
        name = "status",
        description = "Shows arenas, engines and namespaces of the running sidecar.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.ManifestVersion.class)
final class StatusCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    @Spec private CommandSpec spec;
    @Mixin private SocketOption socket;

    @Option(names = "--json", description = "print StatusReply as JSON, in the names of the .proto")
    private boolean json;

    @Override
    public Integer call() throws InvalidProtocolBufferException {
        LogSetup.apply(LogFormat.TEXT, LogLevel.ERROR);
        PrintWriter out = spec.commandLine().getOut();
        Path path = socket.path();
        try (AdminClient client = new AdminClient(path, TIMEOUT)) {
            StatusReply status = client.status();
            out.println(json ? json(status) : StatusTable.of(status));
            return ExitStatus.OK;
        } catch (StatusRuntimeException e) {
            spec.commandLine().getErr().println("moonpool: " + words(e.getStatus(), path));
            return ExitStatus.UNAVAILABLE;
        }
    }

    private static String json(StatusReply status) throws InvalidProtocolBufferException {
        return JsonFormat.printer()
                .preservingProtoFieldNames()
                .alwaysPrintFieldsWithNoPresence()
                .print(status);
    }

    private static String words(Status status, Path path) {
        return status.getCode() == Status.Code.UNAVAILABLE
                ? "no sidecar answers at '%s'; start one with `moonpool sidecar --socket %1$s`"
                        .formatted(path)
                : "the sidecar at '%s' answered %s: %s"
                        .formatted(path, status.getCode(), status.getDescription());
    }
}
