// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.pool.state.Digest;
import io.moonpool.pool.state.Fact;
import io.moonpool.pool.state.Floor;
import io.moonpool.pool.state.MemberId;
import io.moonpool.pool.state.ObjectKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FactLogTest {
    private static final ObjectKey KEY =
            new ObjectKey(new Digest(1, 2, 3, 4), 5, new Digest(6, 7, 8, 9));
    private static final List<Fact> ONE_OF_EACH =
            List.of(
                    new Fact.FloorRaised(new Floor("t", new Digest(1, 1, 1, 1), 9)),
                    new Fact.Quota("größe", 1L << 40),
                    new Fact.Quota("none", -1),
                    new Fact.Marked(KEY, 2, 17, Long.MAX_VALUE),
                    new Fact.Removed(KEY, "t", 18),
                    new Fact.AllRemoved("", 19),
                    new Fact.Draining(new MemberId(1, -2), true, List.of("a", "b")),
                    new Fact.Draining(new MemberId(1, -2), false, List.of()));

    @TempDir private Path directory;

    private List<Fact> reopen() throws IOException {
        List<Fact> facts = new ArrayList<>();
        FactLog.open(directory, facts::add).close();
        return facts;
    }

    private Path file() {
        return directory.resolve(FactLog.FILE);
    }

    private void write(List<Fact> facts) throws IOException {
        try (FactLog log = FactLog.open(directory, fact -> {})) {
            for (Fact fact : facts) {
                log.append(List.of(fact));
            }
        }
    }

    @Test
    void givesBackWhatWasWritten() throws IOException {
        write(ONE_OF_EACH);

        assertThat(reopen()).isEqualTo(ONE_OF_EACH);
    }

    @Test
    void givesBackThePrefixOfALogTornAtAnyByte() throws IOException {
        write(ONE_OF_EACH);
        byte[] whole = Files.readAllBytes(file());
        int last = 0;
        for (int length = 8; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            List<Fact> facts = reopen();
            assertThat(facts).isEqualTo(ONE_OF_EACH.subList(0, facts.size()));
            assertThat(facts.size()).isBetween(last, ONE_OF_EACH.size() - 1);
            last = facts.size();
        }
        assertThat(last).isEqualTo(ONE_OF_EACH.size() - 1);
    }

    @Test
    void goesOnAfterATornEnd() throws IOException {
        write(ONE_OF_EACH.subList(0, 2));
        byte[] whole = Files.readAllBytes(file());
        Files.write(file(), Arrays.copyOf(whole, whole.length - 1));
        write(ONE_OF_EACH.subList(2, 4));

        assertThat(reopen())
                .containsExactly(ONE_OF_EACH.get(0), ONE_OF_EACH.get(2), ONE_OF_EACH.get(3));
    }

    @Test
    void refusesDamageBeforeTheLastFrameAtAnyByte() throws IOException {
        write(ONE_OF_EACH);
        byte[] whole = Files.readAllBytes(file());
        write(ONE_OF_EACH.subList(0, 1));
        int lastFrame = whole.length - lastFrameBytes();
        for (int at = 0; at < lastFrame; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x10;
            Files.write(file(), damaged);
            assertThatThrownBy(this::reopen)
                    .as("byte %d", at)
                    .isInstanceOf(DamagedLog.class)
                    .hasMessageContaining("data-dir")
                    .hasMessageContaining("restore");
        }
    }

    private static int lastFrameBytes() {
        // count, kind, id, running, number of targets
        return LogFrame.HEAD_BYTES + 4 + 1 + 16 + 1 + 4;
    }

    @Test
    void replacesTheWholeFile() throws IOException {
        write(ONE_OF_EACH);
        try (FactLog log = FactLog.open(directory, fact -> {})) {
            log.replace(ONE_OF_EACH.subList(3, 5));
            log.append(ONE_OF_EACH.subList(0, 1));
        }

        assertThat(reopen())
                .containsExactly(ONE_OF_EACH.get(3), ONE_OF_EACH.get(4), ONE_OF_EACH.get(0));
    }

    @Test
    void isReplacedWhenItHasDoubled() throws IOException {
        Fact large = new Fact.Quota("t".repeat(60_000), 1);
        try (FactLog log = FactLog.open(directory, fact -> {})) {
            assertThat(log.isWorthReplacing()).isFalse();
            for (int i = 0; i < 20; i++) {
                log.append(List.of(large));
            }
            assertThat(log.isWorthReplacing()).isTrue();
            log.replace(List.of(large));
            assertThat(log.isWorthReplacing()).isFalse();
        }
    }
}
