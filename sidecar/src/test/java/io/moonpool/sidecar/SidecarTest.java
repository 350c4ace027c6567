// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.util.DomainSocketAddress;
import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import io.moonpool.proto.v1.AttachReply;
import io.moonpool.proto.v1.ControlGrpc;
import io.moonpool.proto.v1.StatusReply;
import io.moonpool.sidecar.config.AlreadyRunningException;
import io.moonpool.sidecar.config.ConfigKey;
import io.moonpool.sidecar.config.ConfigLoader;
import io.moonpool.sidecar.config.Settings;
import io.moonpool.sidecar.config.SidecarConfig;
import io.moonpool.sidecar.control.AdminClient;
import io.moonpool.sidecar.control.ChildProcess;
import io.moonpool.sidecar.control.Eventually;
import io.moonpool.sidecar.control.Requests;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole sidecar in this JVM, on its real store, with client processes. */
@Timeout(240)
class SidecarTest {
    @TempDir private Path directory;

    private final Settings settings = new Settings();

    @Test
    void servesAttachesDetectsDeathAndIsAdoptedByTheNext() throws Exception {
        SidecarConfig config = config("16MiB");
        try (Sidecar sidecar = Sidecar.start(config)) {
            assertThat(sidecar.summary())
                    .contains(
                            "socket " + config.socket(), "arena 16 MiB", "http http://127.0.0.1:");
            attachAndDie(config);
            checkHttp(sidecar);
            assertThatThrownBy(() -> Sidecar.start(config))
                    .isInstanceOf(AlreadyRunningException.class)
                    .hasMessageContaining("is in use by a running process");
        }
        assertThat(config.socket()).doesNotExist();

        try (Sidecar next = Sidecar.start(config);
                AdminClient admin = admin(config)) {
            assertThat(next.summary()).isNotEmpty();
            assertThat(admin.status().getBootCount()).isEqualTo(2);
        }
    }

    private void attachAndDie(SidecarConfig config) throws Exception {
        try (ClientFactory factory = ClientFactory.builder().workerGroup(1).build();
                AdminClient admin = admin(config)) {
            ControlGrpc.ControlBlockingStub control =
                    GrpcClients.builder(
                                    SessionProtocol.H2C,
                                    DomainSocketAddress.of(config.socket()).asEndpoint())
                            .factory(factory)
                            .build(ControlGrpc.ControlBlockingStub.class);
            AttachReply reply = control.attach(Requests.scheduler("engine").build());
            ChildProcess engine =
                    ChildProcess.client(
                            directory,
                            config.socket() + ".fd",
                            Long.toUnsignedString(reply.getSessionId()),
                            HexFormat.of().formatHex(reply.getTicket().toByteArray()),
                            "lock");
            // Session, headers, arena, doorbell: only the header table is not for writing.
            assertThat(engine.line()).isEqualTo("R rw,r,rw,rw");
            StatusReply attached = admin.status();
            assertThat(attached.getSessionsList())
                    .singleElement()
                    .satisfies(session -> assertThat(session.getAlive()).isTrue());
            assertThat(attached.getArenas(0).getBytes()).isEqualTo(16 << 20);

            engine.kill();

            Eventually.holds("session ends", () -> admin.status().getSessionsCount() == 0);
        }
    }

    private static void checkHttp(Sidecar sidecar) throws Exception {
        String base = sidecar.summary().replaceFirst(".* (http://[0-9.:]+).*", "$1");
        assertThat(get(base + "/healthz")).isEqualTo("200 ok\n");
        assertThat(get(base + "/readyz")).isEqualTo("200 ready\n");
        assertThat(get(base + "/metrics"))
                .startsWith("200 ")
                .contains("# HELP moonpool_lookups_total Lookups answered")
                .contains("moonpool_arena_bytes{tenant=\"default\"} 1.6777216E7")
                .contains("moonpool_sessions_dead_total 1.0")
                .contains("moonpool_build_info{");
        assertThat(get(base + "/moonpool.v1.Admin/Status")).startsWith("404 ");
    }

    private static String get(String url) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer =
                    client.send(
                            HttpRequest.newBuilder(URI.create(url)).build(),
                            HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() + " " + answer.body();
        }
    }

    @Test
    void refusesAnArenaLargerThanTheMemoryWithAllNumbers() throws Exception {
        SidecarConfig config = config("900TB");
        assertThatThrownBy(() -> Sidecar.start(config))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("arena-bytes: 989560464998400 bytes (900 TiB) are needed")
                .hasMessageContaining("RAM available")
                .hasMessageContaining("cgroup limit")
                .hasMessageContaining("tmpfs " + config.arenaDir())
                .hasMessageContaining("lower --arena-bytes");
        assertThat(config.socket()).doesNotExist();
    }

    @Test
    void deletesNothingThatIsNoSocket() throws Exception {
        SidecarConfig config = config("16MiB");
        Files.writeString(config.socket(), "precious");
        assertThatThrownBy(() -> Sidecar.start(config))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("exists and is no socket; remove it, or name another path");
        assertThat(config.socket()).hasContent("precious");
    }

    private static AdminClient admin(SidecarConfig config) {
        return new AdminClient(config.socket(), Duration.ofSeconds(20));
    }

    private SidecarConfig config(String arenaBytes) throws ConfigException {
        set(ConfigKey.SOCKET, directory.resolve("s.sock").toString());
        set(ConfigKey.DATA_DIR, directory.resolve("data").toString());
        set(ConfigKey.ARENA_DIR, directory.toString());
        set(ConfigKey.ARENA_BYTES, arenaBytes);
        set(ConfigKey.SLAB_BYTES, "1MiB");
        set(ConfigKey.HTTP_LISTEN, "127.0.0.1:0");
        return ConfigLoader.load(settings, Optional.empty(), Map.of());
    }

    private void set(ConfigKey key, String value) {
        settings.add(key, new Setting("--" + key.yamlName(), value, Setting.COMMAND_LINE));
    }
}
