// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.moonpool.shm.files.SharedFile;
import io.moonpool.shm.harness.PythonChild;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.nativecalls.Futex.Wake;
import io.moonpool.shm.ring.Doorbell;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FutexTest {
    private static final long TEN_SECONDS = TimeUnit.SECONDS.toNanos(10);

    /**
     * Arguments: path, then "wait" or "wake". Maps the file and speaks futex(2) as a client does.
     */
    private static final String CHILD =
            """
            import ctypes, mmap, platform, struct, sys
            libc = ctypes.CDLL(None, use_errno=True)
            number = 98 if platform.machine() == "aarch64" else 202
            with open(sys.argv[1], "r+b") as file:
                memory = mmap.mmap(file.fileno(), 4096)
            word = ctypes.c_uint32.from_buffer(memory)
            print("ready")
            if sys.argv[2] == "wait":
                timeout = struct.pack("qq", 10, 0)
                result = libc.syscall(number, ctypes.byref(word), 0, 0, timeout, None, 0)
                print("woken" if result == 0 or ctypes.get_errno() == 11 else ctypes.get_errno(), word.value)
            else:
                sys.stdin.readline()
                word.value = 7 << 8 | 3
                libc.syscall(number, ctypes.byref(word), 1, 1, None, None, 0)
                sys.stdin.readline()
            """;

    @TempDir private Path directory;

    @Test
    void timesOutWhileNothingChanges() {
        Futex futex = new Futex(word(5), 0);

        assertThat(futex.await(5, 1_000_000)).isEqualTo(Wake.TIMED_OUT);
        assertThat(futex.await(5, 0)).isEqualTo(Wake.TIMED_OUT);
    }

    @Test
    void neverSleepsOnAnotherValue() {
        assertThat(new Futex(word(5), 0).await(4, TEN_SECONDS)).isEqualTo(Wake.CHANGED);
    }

    @Test
    void refusesAnAddressThatNoFutexHas() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Futex(Arena.ofAuto().allocate(16, 8), 2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Futex(MemorySegment.ofArray(new int[4]), 0));
    }

    @Test
    void isWokenByAnotherProcess() throws Exception {
        try (SharedFile file = SharedFile.create(directory.resolve("doorbell"), 4096);
                PythonChild child = PythonChild.run(CHILD, file.path(), "wake")) {
            assertThat(child.line()).isEqualTo("ready");
            Doorbell doorbell = Doorbell.counting(file.map(), 0);
            int before = doorbell.read();
            child.tell("go");
            await(doorbell, before);

            assertThat(doorbell.read()).isEqualTo(7 << 8 | 3);
        }
    }

    @Test
    void wakesAnotherProcess() throws IOException {
        try (SharedFile file = SharedFile.create(directory.resolve("doorbell"), 4096);
                PythonChild child = PythonChild.run(CHILD, file.path(), "wait")) {
            assertThat(child.line()).isEqualTo("ready");
            Doorbell.tagged(file.map(), 0, 9).ring();

            assertThat(child.line()).isEqualTo("woken " + (1 << 8 | 9));
        }
    }

    @Test
    void writersWithTheirOwnTagsNeverStoreTheSameValue() {
        MemorySegment memory = word(0);
        Doorbell one = Doorbell.tagged(memory, 0, 1);
        Doorbell other = Doorbell.tagged(memory, 0, 2);

        one.ring();
        int first = one.read();
        other.ring();
        int second = one.read();
        one.ring();
        assertThat(new int[] {first, second, one.read()}).containsExactly(257, 258, 513);
        assertThatIllegalArgumentException().isThrownBy(() -> Doorbell.tagged(memory, 0, 256));
    }

    /** A wait may end for no reason, so that one call is no proof. */
    private static void await(Doorbell doorbell, int value) {
        long end = System.nanoTime() + TEN_SECONDS;
        while (doorbell.read() == value && System.nanoTime() < end) {
            doorbell.await(value, TEN_SECONDS);
        }
    }

    private static MemorySegment word(int value) {
        MemorySegment memory = Arena.ofAuto().allocate(64, 64);
        Ordered.intRelease(memory, 0, value);
        return memory;
    }
}
