// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The sessions between attach and end, each in one phase: it has a ticket, it has its files and is
 * about to lock, or it is active. Only active sessions are judged by their lock; the others by
 * time. Thread-safe, never blocks.
 */
public final class SessionBook {
    public static final int TICKET_BYTES = 16;
    static final long TICKET_LIFE_NS = TimeUnit.SECONDS.toNanos(10);

    private enum Phase {
        TICKET,
        LOCKING,
        ACTIVE
    }

    private static final class Page {
        private final AttachedSession session;
        private final byte[] ticket;
        private final long deadlineNs;
        private Phase phase = Phase.TICKET;

        private Page(AttachedSession session, byte[] ticket, long deadlineNs) {
            this.session = session;
            this.ticket = ticket;
            this.deadlineNs = deadlineNs;
        }
    }

    private final Map<Long, Page> pages = new HashMap<>();
    private final SecureRandom random = new SecureRandom();
    private final LongSupplier nanoClock;

    public SessionBook() {
        this(System::nanoTime);
    }

    SessionBook(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Enters a session that the store has opened, and returns its ticket. */
    synchronized byte[] open(AttachedSession session) {
        byte[] ticket = new byte[TICKET_BYTES];
        random.nextBytes(ticket);
        pages.put(session.id(), new Page(session, ticket, nanoClock.getAsLong() + TICKET_LIFE_NS));
        return ticket.clone();
    }

    /** Takes the ticket, once. */
    public synchronized AttachedSession redeem(long sessionId, byte[] ticket, int uid)
            throws TicketRefusal {
        Page page = pages.get(sessionId);
        if (page == null || !MessageDigest.isEqual(page.ticket, ticket)) {
            throw new TicketRefusal("ticket: unknown or expired; attach again");
        }
        if (page.session.uid() != uid) {
            throw new TicketRefusal(
                    "ticket: uid %s can't use the ticket of uid %s; connect as the process that attached"
                            .formatted(
                                    Integer.toUnsignedString(uid),
                                    Integer.toUnsignedString(page.session.uid())));
        }
        if (page.phase != Phase.TICKET) {
            throw new TicketRefusal("ticket: used already; attach again");
        }
        if (nanoClock.getAsLong() - page.deadlineNs >= 0) {
            throw new TicketRefusal("ticket: expired after 10 s; attach again");
        }
        page.phase = Phase.LOCKING;
        return page.session;
    }

    /**
     * The session's file was seen locked. The session before it, if any, is no longer looked at.
     */
    public synchronized void activated(AttachedSession session) {
        Page page = pages.get(session.id());
        if (page != null) {
            page.phase = Phase.ACTIVE;
            pages.remove(session.previousId());
        }
    }

    /**
     * False when it was gone already: whoever gets true reports the end to the store. False as well
     * while its files are on their way to the client: the store closes a session's file when it
     * ends, and the number of a closed file may be another's a moment later. Then the conversation
     * itself ends the session, by {@link #abandon}.
     */
    public synchronized boolean remove(long sessionId) {
        Page page = pages.get(sessionId);
        return page != null && page.phase != Phase.LOCKING && pages.remove(sessionId) != null;
    }

    /** The conversation that redeemed its ticket came to nothing. */
    public synchronized void abandon(AttachedSession session) {
        pages.remove(session.id());
    }

    synchronized Optional<AttachedSession> find(long sessionId) {
        return Optional.ofNullable(pages.get(sessionId)).map(page -> page.session);
    }

    public synchronized List<AttachedSession> active() {
        List<AttachedSession> active = new ArrayList<>();
        for (Page page : pages.values()) {
            if (page.phase == Phase.ACTIVE) {
                active.add(page.session);
            }
        }
        return active;
    }

    public synchronized Optional<AttachedSession> active(long sessionId) {
        Page page = pages.get(sessionId);
        return page == null || page.phase != Phase.ACTIVE
                ? Optional.empty()
                : Optional.of(page.session);
    }

    /** Removes and returns the sessions whose ticket nobody used in time. */
    public synchronized List<AttachedSession> removeExpired() {
        long now = nanoClock.getAsLong();
        List<AttachedSession> expired = new ArrayList<>();
        pages.values()
                .removeIf(page -> {
                    boolean late = page.phase == Phase.TICKET && now - page.deadlineNs >= 0;
                    if (late) {
                        expired.add(page.session);
                    }
                    return late;
                });
        return expired;
    }
}
