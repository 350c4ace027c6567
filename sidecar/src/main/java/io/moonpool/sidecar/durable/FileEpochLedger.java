// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.durable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.moonpool.pool.settings.ConfigException;
import io.moonpool.sidecar.store.EpochLedger;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Epochs in one small file, written anew and renamed into place, so that a crash leaves the old
 * content or the new one. Only namespaces that were ever reset are in it. A file that can't be read
 * stops the start: going on at epoch 1 would serve what a reset has forbidden.
 */
public final class FileEpochLedger implements EpochLedger {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int VERSION = 1;
    private static final long FIRST_EPOCH = 1;

    private final Path file;

    /** Never changed, only replaced: one thread writes, others read. */
    private volatile Map<Name, Long> epochs;

    private record Name(String tenant, String digest) {}

    private record Line(String tenant, String digest, long epoch) {}

    private record Content(int version, List<Line> epochs) {}

    private FileEpochLedger(Path file, Map<Name, Long> epochs) {
        this.file = file;
        this.epochs = epochs;
    }

    public static FileEpochLedger open(Path dataDir) throws ConfigException {
        Path file = dataDir.resolve("epochs.json");
        try {
            return new FileEpochLedger(file, Files.exists(file) ? read(file) : new HashMap<>());
        } catch (IOException e) {
            throw unreadable(
                    file, e instanceof JsonProcessingException ? "is damaged" : e.toString());
        }
    }

    private static Map<Name, Long> read(Path file) throws IOException, ConfigException {
        Content content = JSON.readValue(Files.readString(file), Content.class);
        if (content.version() != VERSION || content.epochs() == null) {
            throw unreadable(file, "has version " + content.version() + ", not " + VERSION);
        }
        Map<Name, Long> epochs = new HashMap<>();
        for (Line line : content.epochs()) {
            epochs.put(new Name(line.tenant(), line.digest()), line.epoch());
        }
        return epochs;
    }

    private static ConfigException unreadable(Path file, String problem) {
        return new ConfigException(
                ("data-dir: '%s' %s; restore it, or remove it after `moonpool clean` has removed the"
                                + " arena that it speaks of")
                        .formatted(file, problem));
    }

    @Override
    public long epoch(String tenant, byte[] digest) {
        return epochs.getOrDefault(name(tenant, digest), FIRST_EPOCH);
    }

    @Override
    public void raise(String tenant, byte[] digest, long epoch) throws IOException {
        if (epoch <= epoch(tenant, digest)) {
            return;
        }
        Map<Name, Long> raised = new HashMap<>(epochs);
        raised.put(name(tenant, digest), epoch);
        write(raised);
        epochs = raised;
    }

    private void write(Map<Name, Long> content) throws IOException {
        List<Line> lines =
                content.entrySet().stream()
                        .map(entry ->
                                new Line(
                                        entry.getKey().tenant(),
                                        entry.getKey().digest(),
                                        entry.getValue()))
                        .sorted(Comparator.comparing(Line::tenant).thenComparing(Line::digest))
                        .toList();
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel channel =
                FileChannel.open(
                        fresh,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(new Content(VERSION, lines)));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        // The rename itself is durable only when the directory is.
        try (FileChannel directory = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private static Name name(String tenant, byte[] digest) {
        return new Name(tenant, HexFormat.of().formatHex(digest));
    }
}
