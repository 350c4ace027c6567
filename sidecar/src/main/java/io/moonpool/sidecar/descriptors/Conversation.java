// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.descriptors;

import io.moonpool.shm.nativecalls.UnixSocket;
import io.moonpool.sidecar.control.AttachedSession;
import io.moonpool.sidecar.control.SessionBook;
import io.moonpool.sidecar.control.TicketRefusal;
import io.moonpool.sidecar.liveness.LockProbe;
import io.moonpool.sidecar.store.EndReason;
import io.moonpool.sidecar.store.FileKind;
import io.moonpool.sidecar.store.GrantedFile;
import io.moonpool.sidecar.store.StoreControl;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's exchange on the descriptor socket: ticket in, files out, "locked" in, "ready" out. A
 * session whose ticket was taken here becomes active here or ends here.
 */
final class Conversation {
    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
    private static final byte[] TICKET_MAGIC = "MPTICKT1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FILES_MAGIC = "MPFD".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REFUSAL_MAGIC = "MPER".getBytes(StandardCharsets.US_ASCII);
    private static final int TICKET_MESSAGE_BYTES =
            TICKET_MAGIC.length + Long.BYTES + SessionBook.TICKET_BYTES;
    private static final int ANSWER_HEAD_BYTES = 8;
    private static final byte LOCKED = 'L';
    private static final byte READY = 'R';
    private static final byte NOT_LOCKED = 'N';
    private static final Duration TICKET_WAIT = Duration.ofSeconds(2);
    private static final Duration SEND_WAIT = Duration.ofSeconds(2);

    /** The client maps its files in this time. */
    private static final Duration LOCK_WAIT = Duration.ofSeconds(10);

    private static final long STORE_DEADLINE_S = 5;

    private final UnixSocket socket;
    private final SessionBook book;
    private final StoreControl store;

    Conversation(UnixSocket socket, SessionBook book, StoreControl store) {
        this.socket = socket;
        this.book = book;
        this.store = store;
    }

    void run() throws IOException {
        AttachedSession session;
        try {
            session = redeem(socket.read(TICKET_MESSAGE_BYTES, TICKET_WAIT));
        } catch (TicketRefusal e) {
            refuse(e.getMessage());
            return;
        }
        boolean ready = false;
        try {
            sendFiles(session.files());
            ready = lockedIn(session) && activated(session);
        } finally {
            if (!ready) {
                book.abandon(session);
                store.end(session.id(), EndReason.DEAD);
            }
        }
        socket.write(new byte[] {ready ? READY : NOT_LOCKED}, SEND_WAIT);
    }

    private AttachedSession redeem(byte[] bytes) throws IOException, TicketRefusal {
        ByteBuffer message = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[TICKET_MAGIC.length];
        byte[] ticket = new byte[SessionBook.TICKET_BYTES];
        message.get(magic);
        long sessionId = message.getLong();
        message.get(ticket);
        if (!Arrays.equals(magic, TICKET_MAGIC)) {
            throw new TicketRefusal(
                    "magic: this is no ticket; connect to the other socket for gRPC");
        }
        return book.redeem(sessionId, ticket, socket.peer().uid());
    }

    private void sendFiles(List<GrantedFile> files) throws IOException {
        int[] descriptors = files.stream().mapToInt(Conversation::descriptor).toArray();
        socket.sendDescriptors(
                head(FILES_MAGIC, descriptors.length).array(), descriptors, SEND_WAIT);
    }

    /** A client that could write headers could make the sidecar serve anything. */
    private static int descriptor(GrantedFile granted) {
        return granted.kind() == FileKind.HEADERS
                ? granted.file().readOnlyDescriptor()
                : granted.file().descriptor();
    }

    private boolean lockedIn(AttachedSession session) throws IOException {
        byte said = socket.read(1, LOCK_WAIT)[0];
        return said == LOCKED && LockProbe.look(session.sessionFile()) == LockProbe.Answer.HELD;
    }

    private boolean activated(AttachedSession session) {
        try {
            store.activate(session.id()).get(STORE_DEADLINE_S, TimeUnit.SECONDS);
            book.activated(session);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            LOG.atWarn()
                    .addKeyValue("session", session.id())
                    .addKeyValue("engine", session.engineId())
                    .log("not activated: {}", e.toString());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void refuse(String line) throws IOException {
        byte[] text = line.getBytes(StandardCharsets.UTF_8);
        byte[] answer =
                ByteBuffer.allocate(ANSWER_HEAD_BYTES + text.length)
                        .put(head(REFUSAL_MAGIC, text.length).array())
                        .put(text)
                        .array();
        socket.write(answer, SEND_WAIT);
    }

    private static ByteBuffer head(byte[] magic, int number) {
        return ByteBuffer.allocate(ANSWER_HEAD_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(magic)
                .putInt(number);
    }
}
