// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.proto.ring.AbortDecoder;
import io.moonpool.proto.ring.CancelDecoder;
import io.moonpool.proto.ring.CommitDecoder;
import io.moonpool.proto.ring.IntendDecoder;
import io.moonpool.proto.ring.LookupDecoder;
import io.moonpool.proto.ring.LookupKeysDecoder;
import io.moonpool.proto.ring.MessageHeaderDecoder;
import io.moonpool.proto.ring.PingDecoder;
import io.moonpool.proto.ring.ReleaseDecoder;
import io.moonpool.proto.ring.ResetDecoder;
import io.moonpool.shm.ring.RecordHandler;
import io.moonpool.shm.ring.RingConsumer;
import java.nio.ByteOrder;
import org.agrona.MutableDirectBuffer;

/**
 * Polls a session's request ring and decodes what it finds. Records are private copies by now, but
 * their content is anybody's: every length is checked before it is used, and what breaks the schema
 * is a violation, never an exception.
 */
final class RequestAdapter implements RecordHandler {

    private static final int PREFETCH = 1;
    private static final int PARENT_PRESENT = 1;
    private static final int HEADER_BYTES = MessageHeaderDecoder.ENCODED_LENGTH;

    private final RequestHandler handler;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final LookupKeysDecoder lookupKeys = new LookupKeysDecoder();
    private final LookupDecoder lookup = new LookupDecoder();
    private final ReleaseDecoder release = new ReleaseDecoder();
    private final CancelDecoder cancel = new CancelDecoder();
    private final IntendDecoder intend = new IntendDecoder();
    private final CommitDecoder commit = new CommitDecoder();
    private final AbortDecoder abort = new AbortDecoder();
    private final PingDecoder ping = new PingDecoder();
    private final ResetDecoder reset = new ResetDecoder();
    private final LookupRequest lookupRequest = new LookupRequest();
    private final IntendRequest intendRequest = new IntendRequest();
    private Session session;
    private boolean violated;
    private int dataOffset;
    private int dataLength;

    RequestAdapter(RequestHandler handler) {
        this.handler = handler;
    }

    /**
     * At most {@code limit} records of a session; returns their number, or below 0 for a violation.
     */
    int poll(Session polled, int limit) {
        session = polled;
        violated = false;
        int count = polled.file.requests().poll(this, limit);
        return violated ? RingConsumer.VIOLATION : count;
    }

    @Override
    public void onRecord(int type, MutableDirectBuffer buffer, int offset, int length) {
        if (violated || session.state != Session.State.ACTIVE) {
            return;
        }
        if (length < HEADER_BYTES) {
            violated = true;
            return;
        }
        header.wrap(buffer, offset);
        boolean ours =
                header.schemaId() == MessageHeaderDecoder.SCHEMA_ID
                        && header.templateId() == type
                        && header.version() > 0;
        if (!ours) {
            violated = true;
            return;
        }
        dispatch(type, buffer, offset, length);
    }

    private void dispatch(int type, MutableDirectBuffer buffer, int offset, int length) {
        switch (type) {
            case LookupKeysDecoder.TEMPLATE_ID -> onLookupKeys(buffer, offset, length);
            case LookupDecoder.TEMPLATE_ID -> onLookup(buffer, offset, length);
            case ReleaseDecoder.TEMPLATE_ID -> onRelease(buffer, offset, length);
            case CancelDecoder.TEMPLATE_ID -> onCancel(buffer, offset, length);
            case IntendDecoder.TEMPLATE_ID -> onIntend(buffer, offset, length);
            case CommitDecoder.TEMPLATE_ID -> onCommit(buffer, offset, length);
            case AbortDecoder.TEMPLATE_ID -> onAbort(buffer, offset, length);
            case PingDecoder.TEMPLATE_ID -> onPing(buffer, offset, length);
            case ResetDecoder.TEMPLATE_ID -> onReset(buffer, offset, length);
            default -> violated = true;
        }
    }

    private void onLookupKeys(MutableDirectBuffer buffer, int offset, int length) {
        if (hasData(buffer, offset, length, LookupKeysDecoder.BLOCK_LENGTH)) {
            lookupKeys.wrap(buffer, offset + HEADER_BYTES, header.blockLength(), header.version());
            long first = lookupKeys.firstBlock();
            int firstBlock = first > Integer.MAX_VALUE ? -1 : (int) first;
            handler.onLookupKeys(
                    session,
                    lookupKeys.jobId(),
                    lookupKeys.group(),
                    firstBlock,
                    buffer,
                    dataOffset,
                    dataLength);
        }
    }

    private void onLookup(MutableDirectBuffer buffer, int offset, int length) {
        if (hasBlock(length, LookupDecoder.BLOCK_LENGTH)) {
            lookup.wrap(buffer, offset + HEADER_BYTES, header.blockLength(), header.version());
            lookupRequest.jobId = lookup.jobId();
            lookupRequest.epoch = lookup.epoch();
            lookupRequest.localTokens = lookup.localTokens();
            lookupRequest.maxTokens = lookup.maxTokens();
            lookupRequest.alignTokens = (int) Math.min(lookup.alignTokens(), Integer.MAX_VALUE);
            lookupRequest.prefetch = (lookup.flags() & PREFETCH) != 0;
            handler.onLookup(session, lookupRequest);
        }
    }

    private void onRelease(MutableDirectBuffer buffer, int offset, int length) {
        if (hasBlock(length, ReleaseDecoder.BLOCK_LENGTH)) {
            release.wrap(buffer, offset + HEADER_BYTES, header.blockLength(), header.version());
            handler.onRelease(session, release.jobId(), release.keepEntries());
        }
    }

    private void onCancel(MutableDirectBuffer buffer, int offset, int length) {
        if (hasBlock(length, CancelDecoder.BLOCK_LENGTH)) {
            cancel.wrap(buffer, offset + HEADER_BYTES, header.blockLength(), header.version());
            handler.onCancel(session, cancel.jobId());
        }
    }

    private void onIntend(MutableDirectBuffer buffer, int offset, int length) {
        if (hasData(buffer, offset, length, IntendDecoder.BLOCK_LENGTH)) {
            intend.wrap(buffer, offset + HEADER_BYTES, header.blockLength(), header.version());
            intendRequest.jobId = intend.jobId();
            intendRequest.epoch = intend.epoch();
            intendRequest.firstPosition = (int) intend.firstPosition();
            intendRequest.group = intend.group();
            intendRequest.hasParent = (intend.flags() & PARENT_PRESENT) != 0;
            intendRequest.record = buffer;
            intendRequest.parentOffset =
                    offset + HEADER_BYTES + IntendDecoder.parentHashEncodingOffset();
            intendRequest.hashesOffset = dataOffset;
            intendRequest.hashesLength = dataLength;
            handler.onIntend(session, intendRequest);
        }
    }

    private void onCommit(MutableDirectBuffer buffer, int offset, int length) {
        if (hasData(buffer, offset, length, CommitDecoder.BLOCK_LENGTH)) {
            commit.wrap(buffer, offset + HEADER_BYTES, header.blockLength(), header.version());
            handler.onCommit(session, commit.jobId(), buffer, dataOffset, dataLength);
        }
    }

    private void onAbort(MutableDirectBuffer buffer, int offset, int length) {
        if (hasBlock(length, AbortDecoder.BLOCK_LENGTH)) {
            abort.wrap(buffer, offset + HEADER_BYTES, header.blockLength(), header.version());
            handler.onAbort(session, abort.jobId());
        }
    }

    private void onPing(MutableDirectBuffer buffer, int offset, int length) {
        if (hasBlock(length, PingDecoder.BLOCK_LENGTH)) {
            ping.wrap(buffer, offset + HEADER_BYTES, header.blockLength(), header.version());
            handler.onPing(session, ping.nonce());
        }
    }

    private void onReset(MutableDirectBuffer buffer, int offset, int length) {
        if (hasBlock(length, ResetDecoder.BLOCK_LENGTH)) {
            reset.wrap(buffer, offset + HEADER_BYTES, header.blockLength(), header.version());
            handler.onReset(session, reset.jobId(), reset.epoch());
        }
    }

    /**
     * A longer block is of a later version, whose end we skip; a shorter one, or one past the
     * record, is a violation.
     */
    private boolean hasBlock(int length, int blockLength) {
        boolean has =
                header.blockLength() >= blockLength
                        && HEADER_BYTES + header.blockLength() <= length;
        violated |= !has;
        return has;
    }

    /** A block and behind it bytes with a 32-bit length, all within the record. */
    private boolean hasData(MutableDirectBuffer buffer, int offset, int length, int blockLength) {
        if (!hasBlock(length, blockLength)) {
            return false;
        }
        int lengthAt = HEADER_BYTES + header.blockLength();
        int left = length - lengthAt - Integer.BYTES;
        if (left >= 0) {
            dataLength = buffer.getInt(offset + lengthAt, ByteOrder.LITTLE_ENDIAN);
            dataOffset = offset + lengthAt + Integer.BYTES;
        }
        boolean has = left >= 0 && dataLength >= 0 && dataLength <= left;
        violated |= !has;
        return has;
    }
}
