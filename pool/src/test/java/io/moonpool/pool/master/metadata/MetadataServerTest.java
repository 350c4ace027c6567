// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.pool.harness.Http;
import io.moonpool.pool.harness.Http.Reply;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The codes and words of the metadata server in Mooncake's master. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MetadataServerTest {
    private static final String RAM = "mooncake/ram/127.0.0.1:14148";
    private static final String RPC = "/metadata?key=mooncake%2Frpc_meta%2F127.0.0.1%3A14148";

    private final MetadataServer server = new MetadataServer();
    private int port;

    @BeforeAll
    void start() {
        port = server.start(new InetSocketAddress("127.0.0.1", 0));
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void keepsWhatIsPutAndGivesItBackVerbatim() throws Exception {
        String escaped = "/metadata?key=" + RAM.replace("/", "%2F").replace(":", "%3A");
        assertThat(get(escaped)).isEqualTo(text(404, "metadata not found"));
        assertThat(put(escaped, "{\"a\": 1}\n")).isEqualTo(text(200, "metadata updated"));
        assertThat(get(escaped)).isEqualTo(new Reply(200, "application/json", "{\"a\": 1}\n"));
        assertThat(get("/metadata?key=" + RAM).body()).isEqualTo("{\"a\": 1}\n");
        assertThat(put(escaped, "")).isEqualTo(text(200, "metadata updated"));
        assertThat(get(escaped).body()).isEmpty();
        assertThat(delete(escaped)).isEqualTo(text(200, "metadata deleted"));
        assertThat(delete(escaped)).isEqualTo(text(404, "metadata not found"));
    }

    @Test
    void letsNobodyTakeAnothersAddress() throws Exception {
        assertThat(put(RPC, "1")).isEqualTo(text(200, "metadata updated"));
        assertThat(put(RPC, "1")).isEqualTo(text(200, "metadata unchanged"));
        assertThat(put(RPC, "2")).isEqualTo(text(400, "Duplicate rpc_meta key not allowed"));
        assertThat(get(RPC).body()).isEqualTo("1");
        delete(RPC);
        assertThat(put(RPC, "2")).isEqualTo(text(200, "metadata updated"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE"})
    void missesAKey(String method) throws Exception {
        assertThat(Http.send(method, port, "/metadata", "x"))
                .isEqualTo(text(400, "Missing key parameter"));
        assertThat(Http.send(method, port, "/metadata?key=", "x"))
                .isEqualTo(text(400, "Missing key parameter"));
    }

    @Test
    void knowsNothingElse() throws Exception {
        assertThat(get("/health")).isEqualTo(text(200, "OK"));
        assertThat(Http.send("POST", port, "/metadata?key=a", "x").status()).isEqualTo(404);
        assertThat(Http.send("HEAD", port, "/metadata?key=a", "").status()).isEqualTo(404);
        assertThat(get("/")).isEqualTo(text(404, "404 Not Found"));
    }

    @Test
    void refusesWhatIsTooLarge() throws Exception {
        assertThat(put("/metadata?key=a", "x".repeat((1 << 20) + 1)).status()).isEqualTo(413);
        assertThat(put("/metadata?key=" + "k".repeat(1025), "x").status()).isEqualTo(413);
        assertThat(get("/metadata?key=a").status()).isEqualTo(404);
    }

    @Test
    void letsEntriesEnd() {
        AtomicLong now = new AtomicLong();
        MetadataStore store = new MetadataStore(now::get);
        store.put("short", "x", Optional.of(1_000L));
        store.put("long", "x", Optional.empty());
        now.set(999);
        assertThat(store.get("short")).contains("x");
        now.set(1_000);
        assertThat(store.get("short")).isEmpty();
        assertThat(store.delete("short")).isFalse();
        assertThat(store.get("long")).contains("x");
    }

    @Test
    void isBoundedAndMakesRoomOnlyFromWhatHasEnded() {
        AtomicLong now = new AtomicLong();
        MetadataStore store = new MetadataStore(now::get);
        for (int i = 0; i < MetadataStore.ENTRIES_MAX; i++) {
            assertThat(store.put("k" + i, "v", Optional.of(1_000L)))
                    .isEqualTo(MetadataStore.Put.UPDATED);
        }
        assertThat(store.put("more", "v", Optional.empty())).isEqualTo(MetadataStore.Put.FULL);
        assertThat(store.put("k1", "w", Optional.empty())).isEqualTo(MetadataStore.Put.UPDATED);
        now.set(1_000);
        assertThat(store.put("more", "v", Optional.empty())).isEqualTo(MetadataStore.Put.UPDATED);
        assertThat(store.get("k1")).contains("w");
    }

    @Test
    void isBoundedInBytes() {
        MetadataStore store = new MetadataStore(() -> 0);
        String mebibyte = "x".repeat(1 << 20);
        int fitting = 0;
        while (store.put("k" + fitting, mebibyte, Optional.empty()) == MetadataStore.Put.UPDATED) {
            fitting++;
        }
        assertThat(fitting).isEqualTo(63);
        assertThat(store.delete("k0")).isTrue();
        assertThat(store.put("again", mebibyte, Optional.empty()))
                .isEqualTo(MetadataStore.Put.UPDATED);
    }

    private static Reply text(int status, String words) {
        return new Reply(status, "text/plain; charset=utf-8", words);
    }

    private Reply get(String path) throws Exception {
        return Http.get(port, path);
    }

    private Reply put(String path, String body) throws Exception {
        return Http.send("PUT", port, path, body);
    }

    private Reply delete(String path) throws Exception {
        return Http.send("DELETE", port, path, "");
    }
}
