// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.pool.state.Command;
import io.moonpool.pool.state.Digest;
import io.moonpool.pool.state.Directory;
import io.moonpool.pool.state.DirectoryConfig;
import io.moonpool.pool.state.Floor;
import io.moonpool.pool.state.Order;
import io.moonpool.pool.state.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryHostTest {
    private static final DirectoryConfig CONFIG = DirectoryConfig.defaults(3);
    private static final Floor FLOOR = new Floor("t", new Digest(1, 2, 3, 4), 7);

    @TempDir private Path dataDir;

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    private static boolean isAnswering(DirectoryHost host) throws Exception {
        return get(host.query(directory -> true));
    }

    private static CompletableFuture<Void> raise(DirectoryHost host, Floor floor) {
        return host.command((directory, now) -> {
            directory.raise(new Command.RaiseFloor(now, floor));
            return null;
        });
    }

    @Test
    void keepsWhatOnlyItKnows() throws Exception {
        try (DirectoryHost host = DirectoryHost.open(dataDir, CONFIG)) {
            get(raise(host, FLOOR));
            get(
                    host.command((directory, now) -> {
                        directory.quota(new Command.SetQuota(now, "t", 5));
                        return null;
                    }));
        }
        try (DirectoryHost host = DirectoryHost.open(dataDir, CONFIG)) {
            assertThat(get(host.query(Directory::floors))).containsExactly(FLOOR);
            assertThat(get(host.query(Directory::tenants)).getFirst().quotaBytes()).isEqualTo(5);
        }
    }

    @Test
    void isDurableBeforeItIsAnswered() throws Exception {
        try (DirectoryHost host = DirectoryHost.open(dataDir, CONFIG)) {
            get(raise(host, FLOOR));
            Path copy = Files.createDirectory(dataDir.resolve("copy"));
            Files.copy(dataDir.resolve(FactLog.FILE), copy.resolve(FactLog.FILE));
            try (DirectoryHost other = DirectoryHost.open(copy, CONFIG)) {
                assertThat(get(other.query(Directory::floors))).containsExactly(FLOOR);
            }
        }
    }

    @Test
    void passesRefusalsOn() throws Exception {
        try (DirectoryHost host = DirectoryHost.forgetful(CONFIG)) {
            assertThatThrownBy(() ->
                            get(
                                    host.command((directory, now) ->
                                            directory.cancel(
                                                    new Command.CancelDrain(now, "nobody")))))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(Refusal.class)
                    .hasMessageContaining("nobody");
        }
    }

    @Test
    void refusesAtOnceWhenItsQueueIsFull() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (DirectoryHost host = DirectoryHost.forgetful(CONFIG)) {
            CompletableFuture<Void> first =
                    host.query(directory -> {
                        running.countDown();
                        await(goOn);
                        return null;
                    });
            await(running);
            CompletableFuture<Integer> accepted = null;
            CompletableFuture<Integer> last = null;
            for (int i = 0; i < 20_000; i++) {
                last = host.query(directory -> 1);
                accepted = last.isCompletedExceptionally() ? accepted : last;
            }
            assertThat(last).isCompletedExceptionally();
            assertThatThrownBy(last::join).hasCauseInstanceOf(Overloaded.class);
            goOn.countDown();
            get(first);
            // The last that found room: behind it there is room again.
            assertThat(get(accepted)).isEqualTo(1);
            assertThat(isAnswering(host)).isTrue();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void twoDirectoriesDoNotShareADataDir() throws Exception {
        try (DirectoryHost host = DirectoryHost.open(dataDir, CONFIG)) {
            assertThatThrownBy(() -> DirectoryHost.open(dataDir, CONFIG))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use");
            assertThat(isAnswering(host)).isTrue();
        }
    }

    @Test
    void doesNotStartFromADamagedLog() throws Exception {
        try (DirectoryHost host = DirectoryHost.open(dataDir, CONFIG)) {
            get(raise(host, FLOOR));
            get(raise(host, new Floor("t", FLOOR.namespace(), 8)));
        }
        byte[] content = Files.readAllBytes(dataDir.resolve(FactLog.FILE));
        content[30] ^= 1;
        Files.write(dataDir.resolve(FactLog.FILE), content);

        assertThatThrownBy(() -> DirectoryHost.open(dataDir, CONFIG))
                .isInstanceOf(DamagedLog.class);
    }

    @Test
    void survivesWhoeverReceivesItsOrders() throws Exception {
        try (DirectoryHost host = DirectoryHost.forgetful(CONFIG)) {
            CountDownLatch told = new CountDownLatch(2);
            host.receiveOrders(
                    new OrderReceiver() {
                        @Override
                        public void onOrder(Order order) {}

                        @Override
                        public void onTick(Directory directory) {
                            told.countDown();
                            throw new IllegalStateException("broken");
                        }
                    });
            await(told);
            assertThat(isAnswering(host)).isTrue();
        }
    }

    @Test
    void answersNobodyAfterItsEnd() {
        DirectoryHost host = DirectoryHost.forgetful(CONFIG);
        host.close();

        assertThatThrownBy(host.query(directory -> 1)::join)
                .hasCauseInstanceOf(Overloaded.class)
                .hasMessageContaining("shutting down");
    }
}
