// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "2147483648, 2147483648",
        "0, 0",
        "4GB, 4294967296",
        "4GiB, 4294967296",
        "512MB, 536870912",
        "512 mb, 536870912",
        "1.5g, 1610612736",
        "64k, 65536",
        "12b, 12",
        "2TB, 2199023255552",
        "1_000, 1000",
    })
    void readsSizesAsPeopleWriteThem(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GB", "-1", "4 XB", "1e9", "4GB2", "0.3b", "99999999999 TB", "nan"})
    void refusesWhatIsNoSize(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void formatsInTheLargestUnit() {
        assertThat(ByteSize.format(0)).isEqualTo("0 B");
        assertThat(ByteSize.format(1023)).isEqualTo("1023 B");
        assertThat(ByteSize.format(1536L << 20)).isEqualTo("1.5 GiB");
        assertThat(ByteSize.format(64L << 20)).isEqualTo("64 MiB");
        assertThat(ByteSize.format(Long.MAX_VALUE)).isEqualTo("8388607.99 TiB");
    }
}
