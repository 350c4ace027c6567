// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class GivenMemoryTest {
    private static final long ARENA = 100;

    private final GivenMemory given = new GivenMemory(ARENA);

    @Test
    void addsUpWhatWorkersBring() {
        given.add(1, 20, session -> true);
        given.add(2, 30, session -> true);
        assertThat(given.bytes()).isEqualTo(50);
    }

    @Test
    void givesNoMoreThanThereIs() {
        given.add(1, 80, session -> true);
        given.add(2, 80, session -> true);
        assertThat(given.bytes()).isEqualTo(ARENA);
        given.fix(1_000);
        assertThat(given.bytes()).isEqualTo(ARENA);
    }

    @Test
    void doesNotGrowWithEachRestartOfAnEngine() {
        given.add(1, 20, session -> true);
        given.add(2, 20, Set.of(2L)::contains);
        given.add(3, 20, Set.of(3L)::contains);
        assertThat(given.bytes()).isEqualTo(20);
    }

    @Test
    void keepsWhatWasGivenWhenWorkersGo() {
        given.add(1, 20, session -> true);
        given.add(2, 30, session -> true);
        given.add(3, 10, Set.of(3L)::contains);
        assertThat(given.bytes()).isEqualTo(50);
    }
}
