// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.session;

import static io.moonpool.shm.layout.SessionFileDescriptor.BOOT_ID_OFFSET;
import static io.moonpool.shm.layout.SessionFileDescriptor.COMPLETION_DOORBELL_OFFSET;
import static io.moonpool.shm.layout.SessionFileDescriptor.COMPLETION_RING_CAPACITY_OFFSET;
import static io.moonpool.shm.layout.SessionFileDescriptor.COMPLETION_RING_OFFSET_OFFSET;
import static io.moonpool.shm.layout.SessionFileDescriptor.HEARTBEAT_OFFSET;
import static io.moonpool.shm.layout.SessionFileDescriptor.LAYOUT_VERSION_OFFSET;
import static io.moonpool.shm.layout.SessionFileDescriptor.LEASE_CELLS_OFFSET_OFFSET;
import static io.moonpool.shm.layout.SessionFileDescriptor.LEASE_CELL_COUNT_OFFSET;
import static io.moonpool.shm.layout.SessionFileDescriptor.MAGIC;
import static io.moonpool.shm.layout.SessionFileDescriptor.MAGIC_OFFSET;
import static io.moonpool.shm.layout.SessionFileDescriptor.REQUEST_RING_CAPACITY_OFFSET;
import static io.moonpool.shm.layout.SessionFileDescriptor.REQUEST_RING_OFFSET_OFFSET;
import static io.moonpool.shm.layout.SessionFileDescriptor.ROLE_OFFSET;
import static io.moonpool.shm.layout.SessionFileDescriptor.SESSION_ID_OFFSET;

import io.moonpool.shm.files.SharedFile;
import io.moonpool.shm.headers.BootIds;
import io.moonpool.shm.layout.Layouts;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.ring.Doorbell;
import io.moonpool.shm.ring.RingConsumer;
import io.moonpool.shm.ring.RingProducer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The sidecar's end of one session's file. The client may write any byte of the file at any time,
 * so positions, capacities and marks are kept here and never read back. Made on the control plane,
 * then used by the store agent alone.
 */
public final class SessionFile implements AutoCloseable {
    private final SharedFile file;
    private final SessionLayout layout;
    private final Ends ends;
    private long heartbeat;

    private SessionFile(SharedFile file, SessionLayout layout) {
        this.file = file;
        this.layout = layout;
        this.ends = layout.hasRings() ? Ends.of(file.map(), layout) : null;
    }

    /** Makes the file with all its pages and writes its first page. Nobody else has it yet. */
    public static SessionFile create(Path path, SessionIdentity identity, SessionLayout layout)
            throws IOException {
        SharedFile file = SharedFile.create(path, layout.fileBytes());
        try {
            file.allocate(0, file.bytes());
            format(file.map(), identity, layout);
            return new SessionFile(file, layout);
        } catch (IOException refused) {
            file.close();
            Files.deleteIfExists(path);
            throw refused;
        }
    }

    /** Writes the first page of a session file; the magic last. */
    static void format(MemorySegment memory, SessionIdentity identity, SessionLayout layout) {
        Ordered.intPlain(memory, LAYOUT_VERSION_OFFSET, Layouts.LAYOUT_VERSION);
        Ordered.intPlain(memory, ROLE_OFFSET, identity.role());
        Ordered.longPlain(memory, SESSION_ID_OFFSET, identity.sessionId());
        if (layout.hasRings()) {
            Ordered.intPlain(memory, REQUEST_RING_OFFSET_OFFSET, layout.requestRingOffset());
            Ordered.intPlain(memory, REQUEST_RING_CAPACITY_OFFSET, layout.requestRingCapacity());
            Ordered.intPlain(memory, COMPLETION_RING_OFFSET_OFFSET, layout.completionRingOffset());
            Ordered.intPlain(
                    memory, COMPLETION_RING_CAPACITY_OFFSET, layout.completionRingCapacity());
            Ordered.intPlain(memory, LEASE_CELLS_OFFSET_OFFSET, layout.leaseCellsOffset());
            Ordered.intPlain(memory, LEASE_CELL_COUNT_OFFSET, layout.leaseCellCount());
        }
        byte[] bootId = BootIds.toBytes(identity.bootId());
        MemorySegment.copy(bootId, 0, memory, ValueLayout.JAVA_BYTE, BOOT_ID_OFFSET, bootId.length);
        Ordered.longRelease(memory, MAGIC_OFFSET, MAGIC);
    }

    public SharedFile file() {
        return file;
    }

    public SessionLayout layout() {
        return layout;
    }

    /** False for a worker: then there is nothing but the heartbeat. */
    public boolean hasRings() {
        return ends != null;
    }

    /** What the client asks. */
    public RingConsumer requests() {
        return ends.requests;
    }

    /** What it is answered; ring {@link #completionDoorbell} after a batch. */
    public RingProducer completions() {
        return ends.completions;
    }

    public Doorbell completionDoorbell() {
        return ends.doorbell;
    }

    public LeaseCells cells() {
        return ends.cells;
    }

    /** Shows the client that the sidecar turns; at least every 100 ms. */
    public void heartbeat() {
        heartbeat++;
        Ordered.longRelease(file.map(), HEARTBEAT_OFFSET, heartbeat);
    }

    /** Unmaps and closes; the file stays, as its lock tells a later sidecar about the process. */
    @Override
    public void close() {
        file.close();
    }

    private record Ends(
            RingConsumer requests, RingProducer completions, Doorbell doorbell, LeaseCells cells) {
        static Ends of(MemorySegment memory, SessionLayout layout) {
            return new Ends(
                    new RingConsumer(layout.requestRing(memory), layout.requestRingCapacity()),
                    new RingProducer(
                            layout.completionRing(memory), layout.completionRingCapacity()),
                    Doorbell.counting(memory, COMPLETION_DOORBELL_OFFSET),
                    new LeaseCells(layout.leaseCells(memory), layout.leaseCellCount()));
        }
    }
}
