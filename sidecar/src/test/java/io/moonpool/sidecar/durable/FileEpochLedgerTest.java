// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.durable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.pool.settings.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileEpochLedgerTest {
    private static final byte[] DIGEST = {1, 2, 3};
    private static final byte[] OTHER = {4};

    @TempDir private Path directory;

    @Test
    void remembersEachNamespaceAcrossRestarts() throws Exception {
        FileEpochLedger ledger = FileEpochLedger.open(directory);
        assertThat(ledger.epoch("red", DIGEST)).isEqualTo(1);
        ledger.raise("red", DIGEST, 3);
        ledger.raise("blue", DIGEST, 7);
        ledger.raise("red", DIGEST, 2);

        FileEpochLedger next = FileEpochLedger.open(directory);

        assertThat(next.epoch("red", DIGEST)).isEqualTo(3);
        assertThat(next.epoch("blue", DIGEST)).isEqualTo(7);
        assertThat(next.epoch("red", OTHER)).isEqualTo(1);
    }

    @Test
    void doesNotForgetWhenItCannotWrite() throws Exception {
        Path gone = Files.createDirectory(directory.resolve("gone"));
        FileEpochLedger ledger = FileEpochLedger.open(gone);
        Files.delete(gone);
        assertThatThrownBy(() -> ledger.raise("red", DIGEST, 2)).isInstanceOf(IOException.class);
        assertThat(ledger.epoch("red", DIGEST)).isEqualTo(1);
    }

    @Test
    void refusesToStartAfreshOnADamagedFile() throws Exception {
        for (String damaged :
                new String[] {"", "{\"version\":1,", "{\"version\":9,\"epochs\":[]}"}) {
            Files.writeString(directory.resolve("epochs.json"), damaged);
            assertThatThrownBy(() -> FileEpochLedger.open(directory))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("data-dir: '" + directory.resolve("epochs.json"))
                    .hasMessageContaining("restore it");
        }
    }
}
