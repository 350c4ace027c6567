// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import io.moonpool.pool.embedded.DirectoryHost;
import io.moonpool.pool.master.DirectoryService;
import io.moonpool.pool.master.rpc.RpcServer;
import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.state.DirectoryConfig;
import io.moonpool.sidecar.config.HttpAddress;
import io.moonpool.sidecar.durable.OwnedDirectory;
import io.moonpool.sidecar.lifecycle.CloseStack;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.CompletionException;

/** The pool's directory in a sidecar: a master without its pages and without a process. */
final class EmbeddedDirectory implements AutoCloseable {
    private static final String KEY = "embedded-master";
    private static final String OWNER_ONLY = "rwx------";
    private static final String HINT =
            "this port is for sidecars; the pages of a master come with `moonpool master`";

    private final CloseStack parts = new CloseStack();
    private final HttpAddress listen;
    private int port;

    private EmbeddedDirectory(HttpAddress listen) {
        this.listen = listen;
    }

    /** Returns when members can join. What only a directory knows is kept below the data folder. */
    static EmbeddedDirectory start(HttpAddress listen, Path dataDir) throws ConfigException {
        EmbeddedDirectory made = new EmbeddedDirectory(listen);
        try {
            made.open(dataDir.resolve("master"));
            return made;
        } catch (IOException e) {
            made.close();
            throw new ConfigException(e.getMessage());
        } catch (CompletionException e) {
            made.close();
            throw new ConfigException(
                    "%s: %s can't be listened on (%s); name a free address of this host"
                            .formatted(KEY, listen.written(), e.getCause().getMessage()));
        }
    }

    private void open(Path folder) throws IOException, ConfigException {
        OwnedDirectory.create(folder, OWNER_ONLY, KEY);
        DirectoryConfig config = DirectoryConfig.defaults(new SecureRandom().nextLong());
        DirectoryHost directory = parts.push("directory", DirectoryHost.open(folder, config));
        RpcServer server =
                parts.push(
                        "directory's door",
                        new RpcServer(
                                new DirectoryService(directory, config),
                                DirectoryService.STREAMS,
                                HINT));
        port = server.start(listen.socketAddress(), KEY);
    }

    /** Under which members reach it. */
    String address() {
        return listen.withPort(port).written();
    }

    @Override
    public void close() {
        parts.close();
    }
}
