// SPDX-License-Identifier: Apache-2.0
package io.moonpool.proto.ring;

import static io.moonpool.proto.ring.MessageVector.HEADER;
import static io.moonpool.proto.ring.MessageVector.JOB;
import static io.moonpool.proto.ring.MessageVector.READ;
import static io.moonpool.proto.ring.MessageVector.UNSIGNED_MAX;
import static io.moonpool.proto.ring.MessageVector.ascending;
import static io.moonpool.proto.ring.MessageVector.hashes;
import static io.moonpool.proto.ring.MessageVector.message;
import static io.moonpool.proto.ring.MessageVector.rest;

import java.util.Map;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** What a client sends. */
final class RequestVectors {
    private RequestVectors() {}

    static Stream<MessageVector> all() {
        return Stream.of(
                lookupKeys(),
                lookup(),
                lookupPrefetch(),
                release(),
                cancel(),
                intend(),
                commit(),
                abort(),
                ping(),
                reset());
    }

    private static MessageVector lookupKeys() {
        return new MessageVector(
                "lookup-keys",
                at ->
                        new LookupKeysEncoder()
                                .wrapAndApplyHeader(at, 0, HEADER)
                                .jobId(JOB)
                                .firstBlock(250)
                                .group(1)
                                .putHashes(hashes(2), 0, 64)
                                .limit(),
                from -> {
                    LookupKeysDecoder d = new LookupKeysDecoder().wrapAndApplyHeader(from, 0, READ);
                    return message(
                            "LookupKeys",
                            "jobId",
                            d.jobId(),
                            "firstBlock",
                            d.firstBlock(),
                            "group",
                            d.group(),
                            "hashes",
                            rest(d.hashesLength(), d::getHashes));
                });
    }

    private static MessageVector lookup() {
        return new MessageVector(
                "lookup", at -> encodeLookup(at, JOB, 4096, 0), RequestVectors::readLookup);
    }

    private static MessageVector lookupPrefetch() {
        return new MessageVector(
                "lookup-prefetch",
                at -> encodeLookup(at, UNSIGNED_MAX, UNSIGNED_MAX, 1),
                RequestVectors::readLookup);
    }

    private static MessageVector release() {
        return new MessageVector(
                "release",
                at ->
                        new ReleaseEncoder()
                                .wrapAndApplyHeader(at, 0, HEADER)
                                .jobId(JOB)
                                .keepEntries(31)
                                .limit(),
                from -> {
                    ReleaseDecoder d = new ReleaseDecoder().wrapAndApplyHeader(from, 0, READ);
                    return message("Release", "jobId", d.jobId(), "keepEntries", d.keepEntries());
                });
    }

    private static MessageVector cancel() {
        return new MessageVector(
                "cancel",
                at -> new CancelEncoder().wrapAndApplyHeader(at, 0, HEADER).jobId(JOB).limit(),
                from ->
                        message(
                                "Cancel",
                                "jobId",
                                new CancelDecoder().wrapAndApplyHeader(from, 0, READ).jobId()));
    }

    private static MessageVector intend() {
        return new MessageVector(
                "intend", RequestVectors::encodeIntend, RequestVectors::readIntend);
    }

    private static MessageVector commit() {
        return new MessageVector(
                "commit",
                at ->
                        new CommitEncoder()
                                .wrapAndApplyHeader(at, 0, HEADER)
                                .jobId(JOB)
                                .putBlocks(new byte[] {(byte) 0b1111_0111, 0b1}, 0, 2)
                                .limit(),
                from -> {
                    CommitDecoder d = new CommitDecoder().wrapAndApplyHeader(from, 0, READ);
                    return message(
                            "Commit",
                            "jobId",
                            d.jobId(),
                            "blocks",
                            rest(d.blocksLength(), d::getBlocks));
                });
    }

    private static MessageVector abort() {
        return new MessageVector(
                "abort",
                at -> new AbortEncoder().wrapAndApplyHeader(at, 0, HEADER).jobId(JOB).limit(),
                from ->
                        message(
                                "Abort",
                                "jobId",
                                new AbortDecoder().wrapAndApplyHeader(from, 0, READ).jobId()));
    }

    private static MessageVector ping() {
        return new MessageVector(
                "ping",
                at -> new PingEncoder().wrapAndApplyHeader(at, 0, HEADER).nonce(JOB).limit(),
                from ->
                        message(
                                "Ping",
                                "nonce",
                                new PingDecoder().wrapAndApplyHeader(from, 0, READ).nonce()));
    }

    private static MessageVector reset() {
        return new MessageVector(
                "reset",
                at ->
                        new ResetEncoder()
                                .wrapAndApplyHeader(at, 0, HEADER)
                                .jobId(JOB)
                                .epoch(3)
                                .limit(),
                from -> {
                    ResetDecoder d = new ResetDecoder().wrapAndApplyHeader(from, 0, READ);
                    return message("Reset", "jobId", d.jobId(), "epoch", d.epoch());
                });
    }

    private static int encodeLookup(MutableDirectBuffer at, long jobId, long maxTokens, int flags) {
        return new LookupEncoder()
                .wrapAndApplyHeader(at, 0, HEADER)
                .jobId(jobId)
                .epoch(3)
                .localTokens(128)
                .maxTokens(maxTokens)
                .alignTokens(16)
                .flags(flags)
                .limit();
    }

    private static Map<String, Object> readLookup(DirectBuffer from) {
        LookupDecoder d = new LookupDecoder().wrapAndApplyHeader(from, 0, READ);
        return message(
                "Lookup",
                "jobId",
                d.jobId(),
                "epoch",
                d.epoch(),
                "localTokens",
                d.localTokens(),
                "maxTokens",
                d.maxTokens(),
                "alignTokens",
                d.alignTokens(),
                "flags",
                d.flags());
    }

    private static int encodeIntend(MutableDirectBuffer at) {
        IntendEncoder encoder =
                new IntendEncoder()
                        .wrapAndApplyHeader(at, 0, HEADER)
                        .jobId(JOB)
                        .epoch(3)
                        .firstPosition(8)
                        .group(1)
                        .flags(1);
        byte[] parent = ascending(32);
        for (int i = 0; i < parent.length; i++) {
            encoder.parentHash(i, parent[i]);
        }
        return encoder.putHashes(hashes(2), 0, 64).limit();
    }

    private static Map<String, Object> readIntend(DirectBuffer from) {
        IntendDecoder d = new IntendDecoder().wrapAndApplyHeader(from, 0, READ);
        byte[] parent = new byte[IntendDecoder.parentHashLength()];
        for (int i = 0; i < parent.length; i++) {
            parent[i] = (byte) d.parentHash(i);
        }
        return message(
                "Intend",
                "jobId",
                d.jobId(),
                "epoch",
                d.epoch(),
                "firstPosition",
                d.firstPosition(),
                "group",
                d.group(),
                "flags",
                d.flags(),
                "parentHash",
                parent,
                "hashes",
                rest(d.hashesLength(), d::getHashes));
    }
}
