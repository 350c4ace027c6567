// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import static io.moonpool.shm.nativecalls.NativeCalls.C_INT;
import static io.moonpool.shm.nativecalls.NativeCalls.C_LONG;
import static io.moonpool.shm.nativecalls.NativeCalls.C_POINTER;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The pages of this program's own files: its libraries, its classes. Kernels that reclaim what
 * nobody touched for a minute take them from a process that waits, and read them back from the disk
 * when it is called.
 */
public final class ProgramPages {
    private static final int MLOCK_ONFAULT = 1;
    private static final Path MAPS = Path.of("/proc/self/maps");

    /** Private mappings of files, as `man proc_pid_maps` has them. */
    private static final Pattern PROGRAM_FILE =
            Pattern.compile("([0-9a-f]+)-([0-9a-f]+) ..[x-]p \\S+ \\S+ \\d+ +/.*");

    // int mlock2(const void *address, size_t bytes, unsigned int flags)
    private static final MethodHandle MLOCK2 =
            NativeCalls.capturing("mlock2", FunctionDescriptor.of(C_INT, C_POINTER, C_LONG, C_INT));

    private ProgramPages() {}

    private record Range(long address, long bytes) {}

    /** From now on what is in memory of them stays there. */
    public static void keep() throws IOException {
        List<Range> ranges;
        try (Stream<String> lines = Files.lines(MAPS)) {
            ranges = lines.map(ProgramPages::range).flatMap(Optional::stream).toList();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(arena);
            for (Range range : ranges) {
                keep(range, errno);
            }
        }
    }

    private static Optional<Range> range(String line) {
        Matcher matcher = PROGRAM_FILE.matcher(line);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long start = Long.parseUnsignedLong(matcher.group(1), 16);
        return Optional.of(new Range(start, Long.parseUnsignedLong(matcher.group(2), 16) - start));
    }

    private static void keep(Range range, MemorySegment errno) throws NativeCallException {
        if (mlock2(errno, range) == 0) {
            return;
        }
        int number = NativeCalls.errno(errno);
        throw new NativeCallException("mlock2", number, "bytes=" + range.bytes);
    }

    private static int mlock2(MemorySegment errno, Range range) {
        try {
            return (int) MLOCK2.invokeExact(errno, range.address, range.bytes, MLOCK_ONFAULT);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }
}
