// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes as people write them: a number of bytes, or a number with a unit. All units are powers of
 * 1024, with or without the "i", because that is what Mooncake's files mean by "4GB".
 */
public final class ByteSize {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,19}(?:\\.\\d{1,9})?)\\s*([a-z]*)");
    private static final Map<String, Integer> SHIFTS =
            Map.ofEntries(
                    Map.entry("", 0),
                    Map.entry("b", 0),
                    Map.entry("k", 10),
                    Map.entry("kb", 10),
                    Map.entry("kib", 10),
                    Map.entry("m", 20),
                    Map.entry("mb", 20),
                    Map.entry("mib", 20),
                    Map.entry("g", 30),
                    Map.entry("gb", 30),
                    Map.entry("gib", 30),
                    Map.entry("t", 40),
                    Map.entry("tb", 40),
                    Map.entry("tib", 40));
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    private ByteSize() {}

    /** Bytes of a size such as "2147483648", "4GB", "512 MiB" or "1.5g". */
    public static long parse(String text) {
        Matcher matcher = SIZE.matcher(text.strip().replace("_", "").toLowerCase(Locale.ROOT));
        if (!matcher.matches() || !SHIFTS.containsKey(matcher.group(2))) {
            throw new IllegalArgumentException(
                    "is no size; write bytes, or a number with KB, MB, GB or TB");
        }
        BigDecimal bytes =
                new BigDecimal(matcher.group(1))
                        .multiply(BigDecimal.valueOf(1L << SHIFTS.get(matcher.group(2))));
        try {
            return bytes.longValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("is no whole number of bytes below 8 EiB", e);
        }
    }

    /** The size in the largest unit that keeps it at 1 or more: "1.5 GiB". */
    public static String format(long bytes) {
        int unit = 0;
        while (unit < UNITS.length - 1 && bytes >= 1L << 10 * (unit + 1)) {
            unit++;
        }
        BigDecimal number =
                BigDecimal.valueOf(bytes)
                        .divide(BigDecimal.valueOf(1L << 10 * unit), 2, RoundingMode.DOWN)
                        .stripTrailingZeros();
        return number.toPlainString() + ' ' + UNITS[unit];
    }
}
