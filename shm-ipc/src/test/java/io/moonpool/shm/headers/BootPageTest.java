// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.headers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.moonpool.shm.files.FileId;
import io.moonpool.shm.layout.HeaderTableDescriptor;
import io.moonpool.shm.memory.Ordered;
import java.lang.foreign.Arena;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BootPageTest {
    private final TestTable table = new TestTable();
    private final BootPage page = table.page;

    @Test
    void eachBootHasAnotherCountAndItsOwnId() {
        UUID first = UUID.randomUUID();
        UUID second = UUID.randomUUID();

        assertThat(page.beginBoot(first)).isEqualTo(1);
        assertThat(page.bootId()).isEqualTo(first);
        assertThat(page.beginBoot(second)).isEqualTo(2);
        assertThat(page.bootId()).isEqualTo(second);
        assertThat(page.bootCount()).isEqualTo(2);
    }

    @Test
    void isAdoptableInItsOwnShapeOnly() {
        assertThat(page.isAdoptable(TestTable.SLAB_COUNT, TestTable.SLAB_BYTES)).isTrue();
        assertThat(page.isAdoptable(TestTable.SLAB_COUNT + 1, TestTable.SLAB_BYTES)).isFalse();
        assertThat(page.isAdoptable(TestTable.SLAB_COUNT, 2 * TestTable.SLAB_BYTES)).isFalse();
    }

    @Test
    void isNotAdoptableWithAnotherMagicOrVersion() {
        Ordered.intPlain(table.memory, HeaderTableDescriptor.LAYOUT_VERSION_OFFSET, 2);
        assertThat(page.isAdoptable(TestTable.SLAB_COUNT, TestTable.SLAB_BYTES)).isFalse();

        BootPage empty = new BootPage(Arena.ofAuto().allocate(4096, 8));
        assertThat(empty.isAdoptable(TestTable.SLAB_COUNT, TestTable.SLAB_BYTES)).isFalse();
    }

    @Test
    void isNotAdoptableWhenItsBootCountsAreUsedUp() {
        Ordered.intPlain(
                table.memory,
                HeaderTableDescriptor.BOOT_COUNT_OFFSET,
                HeaderTableDescriptor.BOOT_COUNT_MAX);

        assertThat(page.isAdoptable(TestTable.SLAB_COUNT, TestTable.SLAB_BYTES)).isFalse();
    }

    @Test
    void remembersArenas() {
        ArenaRecord first = new ArenaRecord("default", 0, 1, new FileId(5, 77));
        ArenaRecord longest = new ArenaRecord("ü".repeat(20), 1, 1, new FileId(-1, Long.MIN_VALUE));
        page.addArena(first);
        page.addArena(longest);

        assertThat(page.arenaCount()).isEqualTo(2);
        assertThat(page.arena(0)).isEqualTo(first);
        assertThat(page.arena(1)).isEqualTo(longest);
    }

    @Test
    void refusesATenantNameThatDoesNotFit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        page.addArena(new ArenaRecord("x".repeat(41), 0, 1, new FileId(0, 0))))
                .withMessageContaining("at most 40 bytes");
    }

    @Test
    void refusesMoreArenasThanThePageHolds() {
        for (int i = 0; i < HeaderTableDescriptor.ARENA_COUNT_MAX; i++) {
            page.addArena(new ArenaRecord("tenant" + i, i, 1, new FileId(0, i)));
        }

        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> page.addArena(new ArenaRecord("one more", 62, 1, new FileId(0, 62))))
                .withMessageContaining("at most 62 arenas");
    }
}
