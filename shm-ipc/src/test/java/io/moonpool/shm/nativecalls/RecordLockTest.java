// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.shm.files.SharedFile;
import io.moonpool.shm.harness.PythonChild;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordLockTest {
    private static final String HOLDER =
            """
            import fcntl, sys
            file = open(sys.argv[1], "r+b")
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            print("locked")
            sys.stdin.readline()
            if sys.argv[2] == "close another":
                open(sys.argv[1], "rb").close()
                print("closed")
                sys.stdin.readline()
            """;

    @TempDir private Path directory;

    @Test
    void showsTheLockOfALivingProcessUntilItDies() throws Exception {
        try (SharedFile file = SharedFile.create(directory.resolve("session"), 4096)) {
            assertThat(RecordLock.isHeldElsewhere(file.descriptor())).isFalse();
            try (PythonChild holder = PythonChild.run(HOLDER, file.path(), "hold")) {
                assertThat(holder.line()).isEqualTo("locked");
                assertThat(RecordLock.isHeldElsewhere(file.descriptor())).isTrue();

                holder.kill();
                assertThat(RecordLock.isHeldElsewhere(file.descriptor())).isFalse();
            }
        }
    }

    @Test
    void aSecondSidecarSeesTheLockThroughItsOwnDescriptor() throws Exception {
        try (SharedFile first = SharedFile.create(directory.resolve("session"), 4096);
                PythonChild holder = PythonChild.run(HOLDER, first.path(), "hold")) {
            assertThat(holder.line()).isEqualTo("locked");
            try (SharedFile second = SharedFile.openExisting(first.path(), 4096)) {
                assertThat(RecordLock.isHeldElsewhere(second.descriptor())).isTrue();
            }
        }
    }

    /** Why the spec wants exactly one descriptor in the client. */
    @Test
    void closingAnyDescriptorOfTheFileDropsTheLock() throws Exception {
        try (SharedFile file = SharedFile.create(directory.resolve("session"), 4096);
                PythonChild holder = PythonChild.run(HOLDER, file.path(), "close another")) {
            assertThat(holder.line()).isEqualTo("locked");
            holder.tell("go");
            assertThat(holder.line()).isEqualTo("closed");

            assertThat(RecordLock.isHeldElsewhere(file.descriptor())).isFalse();
        }
    }
}
