// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostMemoryTest {
    @TempDir private Path root;

    @Test
    void findsTheTightestGroupOfVersionTwo() throws IOException {
        write("proc/self/cgroup", "0::/pod/engine\n");
        write("sys/fs/cgroup/pod/memory.max", "1000\n");
        write("sys/fs/cgroup/pod/memory.current", "700\n");
        write("sys/fs/cgroup/pod/memory.stat", "anon 400\ninactive_file 100\n");
        write("sys/fs/cgroup/pod/engine/memory.max", "max\n");
        write("sys/fs/cgroup/pod/engine/memory.current", "5\n");
        assertThat(HostMemory.group(root)).contains(new HostMemory.Group(1000, 600));
    }

    @Test
    void readsTheMemoryControllerOfVersionOne() throws IOException {
        write("proc/self/cgroup", "5:cpu,cpuacct:/\n4:memory:/box\n0::/\n");
        write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "2000\n");
        write("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "500\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("sys/fs/cgroup/memory/memory.usage_in_bytes", "500\n");
        assertThat(HostMemory.group(root)).contains(new HostMemory.Group(2000, 500));
    }

    @Test
    void takesTheSmallestOfMachineGroupAndFileSystem() {
        Optional<HostMemory.Group> group = Optional.of(new HostMemory.Group(100, 60));
        assertThat(new HostMemory(90, group, 80, 200).free()).isEqualTo(40);
        assertThat(new HostMemory(90, Optional.empty(), 80, 200).free()).isEqualTo(80);
        assertThat(new HostMemory(70, Optional.empty(), 80, 200).free()).isEqualTo(70);
    }

    @Test
    void readsThisMachine() throws IOException {
        HostMemory memory = HostMemory.read(Path.of("/dev/shm"));
        assertThat(memory.ramAvailable()).isPositive();
        assertThat(memory.tmpfsBytes()).isGreaterThanOrEqualTo(memory.tmpfsFree());
    }

    private void write(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }
}
