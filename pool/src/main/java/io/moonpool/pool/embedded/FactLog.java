// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

import io.moonpool.pool.state.Fact;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;

/**
 * What only the directory knows, in one file: a snapshot first, then what was added. Each addition
 * is one frame, on the disk before it returns. A frame cut off at the end was never acknowledged;
 * one that is damaged with whole ones after it stops the start, because going on would bring back
 * what was removed.
 *
 * <p>Used by one thread.
 */
final class FactLog implements AutoCloseable {
    static final String FILE = "directory.log";

    private static final byte[] HEAD = {'M', 'P', 'F', 'A', 'C', 'T', 'S', '1'};
    private static final long COMPACT_BYTES_MIN = 1 << 20;
    private static final int FACTS_PER_FRAME = 4_096;

    private final Path file;
    private FileChannel channel;
    private long bytes;
    private long bytesOfSnapshot;

    private FactLog(Path file) {
        this.file = file;
    }

    /** Gives every fact that is in it to {@code receiver}, in order. */
    static FactLog open(Path directory, Consumer<Fact> receiver) throws IOException {
        Files.createDirectories(directory);
        FactLog log = new FactLog(directory.resolve(FILE));
        if (Files.exists(log.file)) {
            log.recover(receiver);
        } else {
            log.replace(List.of());
        }
        return log;
    }

    private void recover(Consumer<Fact> receiver) throws IOException {
        ByteBuffer content =
                ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        checkHead(content);
        int at = HEAD.length;
        for (int length = LogFrame.lengthAt(content, at);
                length >= 0;
                length = LogFrame.lengthAt(content, at)) {
            replay(content.array(), at + LogFrame.HEAD_BYTES, length, receiver);
            at += LogFrame.HEAD_BYTES + length;
        }
        int next = LogFrame.next(content, at + 1);
        if (next >= 0) {
            throw damaged("is damaged between bytes %d and %d".formatted(at, next));
        }
        channel = FileChannel.open(file, StandardOpenOption.WRITE);
        channel.truncate(at);
        channel.position(at);
        bytes = at;
        bytesOfSnapshot = at;
    }

    private void checkHead(ByteBuffer content) throws DamagedLog {
        for (int i = 0; i < HEAD.length; i++) {
            if (i >= content.limit() || content.get(i) != HEAD[i]) {
                throw damaged("is not a log of this version's directory");
            }
        }
    }

    private void replay(byte[] content, int offset, int length, Consumer<Fact> receiver)
            throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(content, offset, length));
        try {
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                receiver.accept(FactCodec.read(in));
            }
        } catch (IOException e) {
            throw damaged(e.getMessage() + ", in the frame before byte " + (offset + length));
        }
    }

    private DamagedLog damaged(String problem) {
        return new DamagedLog(
                ("data-dir: '%s' %s; restore it from a copy, or remove it: quotas, pins, wanted"
                                + " replicas, drains and removals are forgotten then, and removed"
                                + " objects that members still have come back")
                        .formatted(file, problem));
    }

    /** Returns when they are on the disk. */
    void append(List<Fact> facts) throws IOException {
        for (int from = 0; from < facts.size(); from += FACTS_PER_FRAME) {
            int to = Math.min(facts.size(), from + FACTS_PER_FRAME);
            writeFrame(channel, facts.subList(from, to));
        }
        channel.force(false);
        bytes = channel.position();
    }

    private static void writeFrame(FileChannel channel, List<Fact> facts) throws IOException {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(payload);
        out.writeInt(facts.size());
        for (Fact fact : facts) {
            FactCodec.write(fact, out);
        }
        write(channel, LogFrame.of(payload.toByteArray(), payload.size()));
    }

    private static void write(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** Most of it says what later facts have replaced. */
    boolean isWorthReplacing() {
        return bytes > COMPACT_BYTES_MIN && bytes > 2 * bytesOfSnapshot;
    }

    /** These facts are all that is true: a new file takes the place of the old one. */
    void replace(List<Fact> facts) throws IOException {
        Path fresh = file.resolveSibling(FILE + ".new");
        FileChannel made =
                FileChannel.open(
                        fresh,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
        try {
            write(made, ByteBuffer.wrap(HEAD));
            for (int from = 0; from < facts.size(); from += FACTS_PER_FRAME) {
                int to = Math.min(facts.size(), from + FACTS_PER_FRAME);
                writeFrame(made, facts.subList(from, to));
            }
            made.force(true);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            forceDirectory();
        } catch (IOException e) {
            made.close();
            throw e;
        }
        close();
        channel = made;
        bytes = made.position();
        bytesOfSnapshot = bytes;
    }

    /** The rename itself is durable only when the directory is. */
    private void forceDirectory() throws IOException {
        try (FileChannel parent =
                FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            parent.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
