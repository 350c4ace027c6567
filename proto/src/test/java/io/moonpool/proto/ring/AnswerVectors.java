// SPDX-License-Identifier: Apache-2.0
package io.moonpool.proto.ring;

import static io.moonpool.proto.ring.MessageVector.HEADER;
import static io.moonpool.proto.ring.MessageVector.JOB;
import static io.moonpool.proto.ring.MessageVector.READ;
import static io.moonpool.proto.ring.MessageVector.ascending;
import static io.moonpool.proto.ring.MessageVector.hashes;
import static io.moonpool.proto.ring.MessageVector.message;
import static io.moonpool.proto.ring.MessageVector.rest;
import static io.moonpool.proto.ring.VectorFile.fields;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** What the sidecar sends. */
final class AnswerVectors {
    private AnswerVectors() {}

    static Stream<MessageVector> all() {
        return Stream.of(
                entries(),
                lookupAnswer(),
                lookupAnswerMiss(),
                intendAnswer(),
                committed(),
                evicted(),
                pong(),
                revoke(),
                closing(),
                resetDone(),
                staging());
    }

    private static MessageVector entries() {
        return new MessageVector(
                "entries",
                at ->
                        new EntriesEncoder()
                                .wrapAndApplyHeader(at, 0, HEADER)
                                .jobId(JOB)
                                .firstEntry(1360)
                                .putEntries(ascending(48), 0, 48)
                                .limit(),
                from -> {
                    EntriesDecoder d = new EntriesDecoder().wrapAndApplyHeader(from, 0, READ);
                    return message(
                            "Entries",
                            "jobId",
                            d.jobId(),
                            "firstEntry",
                            d.firstEntry(),
                            "entries",
                            rest(d.entriesLength(), d::getEntries));
                });
    }

    private static MessageVector lookupAnswer() {
        return new MessageVector(
                "lookup-answer", AnswerVectors::hit, AnswerVectors::readLookupAnswer);
    }

    private static MessageVector lookupAnswerMiss() {
        return new MessageVector(
                "lookup-answer-miss", AnswerVectors::miss, AnswerVectors::readLookupAnswer);
    }

    private static MessageVector intendAnswer() {
        return new MessageVector(
                "intend-answer",
                at ->
                        new IntendAnswerEncoder()
                                .wrapAndApplyHeader(at, 0, HEADER)
                                .jobId(JOB)
                                .entryCount(4)
                                .status(IntendStatus.OK)
                                .putVerdicts(new byte[] {0, 1, 2, 3, 0}, 0, 5)
                                .limit(),
                from -> {
                    IntendAnswerDecoder d =
                            new IntendAnswerDecoder().wrapAndApplyHeader(from, 0, READ);
                    return message(
                            "IntendAnswer",
                            "jobId",
                            d.jobId(),
                            "entryCount",
                            d.entryCount(),
                            "status",
                            (int) d.statusRaw(),
                            "verdicts",
                            rest(d.verdictsLength(), d::getVerdicts));
                });
    }

    private static MessageVector committed() {
        return new MessageVector(
                "committed",
                at ->
                        new CommittedEncoder()
                                .wrapAndApplyHeader(at, 0, HEADER)
                                .jobId(JOB)
                                .stored(31)
                                .limit(),
                from -> {
                    CommittedDecoder d = new CommittedDecoder().wrapAndApplyHeader(from, 0, READ);
                    return message("Committed", "jobId", d.jobId(), "stored", d.stored());
                });
    }

    private static MessageVector evicted() {
        return new MessageVector(
                "evicted",
                at ->
                        new EvictedEncoder()
                                .wrapAndApplyHeader(at, 0, HEADER)
                                .group(1)
                                .putHashes(hashes(3), 0, 96)
                                .limit(),
                from -> {
                    EvictedDecoder d = new EvictedDecoder().wrapAndApplyHeader(from, 0, READ);
                    return message(
                            "Evicted",
                            "group",
                            d.group(),
                            "hashes",
                            rest(d.hashesLength(), d::getHashes));
                });
    }

    private static MessageVector pong() {
        return new MessageVector(
                "pong",
                at -> new PongEncoder().wrapAndApplyHeader(at, 0, HEADER).nonce(JOB).limit(),
                from ->
                        message(
                                "Pong",
                                "nonce",
                                new PongDecoder().wrapAndApplyHeader(from, 0, READ).nonce()));
    }

    private static MessageVector revoke() {
        return new MessageVector(
                "revoke",
                at -> new RevokeEncoder().wrapAndApplyHeader(at, 0, HEADER).jobId(JOB).limit(),
                from ->
                        message(
                                "Revoke",
                                "jobId",
                                new RevokeDecoder().wrapAndApplyHeader(from, 0, READ).jobId()));
    }

    private static MessageVector closing() {
        return new MessageVector(
                "closing",
                at ->
                        new ClosingEncoder()
                                .wrapAndApplyHeader(at, 0, HEADER)
                                .reason(ClosingReason.SUPERSEDED)
                                .limit(),
                from ->
                        message(
                                "Closing",
                                "reason",
                                (int)
                                        new ClosingDecoder()
                                                .wrapAndApplyHeader(from, 0, READ)
                                                .reasonRaw()));
    }

    private static MessageVector resetDone() {
        return new MessageVector(
                "reset-done",
                at ->
                        new ResetDoneEncoder()
                                .wrapAndApplyHeader(at, 0, HEADER)
                                .jobId(JOB)
                                .epoch(4)
                                .limit(),
                from -> {
                    ResetDoneDecoder d = new ResetDoneDecoder().wrapAndApplyHeader(from, 0, READ);
                    return message("ResetDone", "jobId", d.jobId(), "epoch", d.epoch());
                });
    }

    private static MessageVector staging() {
        return new MessageVector(
                "staging",
                at ->
                        new StagingEncoder()
                                .wrapAndApplyHeader(at, 0, HEADER)
                                .jobId(JOB)
                                .waitMillis(150)
                                .limit(),
                from -> {
                    StagingDecoder d = new StagingDecoder().wrapAndApplyHeader(from, 0, READ);
                    return message("Staging", "jobId", d.jobId(), "waitMillis", d.waitMillis());
                });
    }

    private static int hit(MutableDirectBuffer at) {
        LookupAnswerEncoder encoder =
                new LookupAnswerEncoder()
                        .wrapAndApplyHeader(at, 0, HEADER)
                        .jobId(JOB)
                        .hitTokens(4000)
                        .entryCount(516)
                        .cell(255)
                        .status(LookupStatus.OK)
                        .missReason(MissReason.OVER_BUDGET);
        encoder.groupsCount(2)
                .next()
                .group(0)
                .firstBlock(8)
                .blockCount(242)
                .presentCount(244)
                .next()
                .group(1)
                .firstBlock(234)
                .blockCount(16)
                .presentCount(20);
        return encoder.limit();
    }

    private static int miss(MutableDirectBuffer at) {
        LookupAnswerEncoder encoder =
                new LookupAnswerEncoder()
                        .wrapAndApplyHeader(at, 0, HEADER)
                        .jobId(JOB)
                        .hitTokens(0)
                        .entryCount(0)
                        .cell(0)
                        .status(LookupStatus.STALE_EPOCH)
                        .missReason(MissReason.RESET);
        encoder.groupsCount(0);
        return encoder.limit();
    }

    private static Map<String, Object> readLookupAnswer(DirectBuffer from) {
        LookupAnswerDecoder d = new LookupAnswerDecoder().wrapAndApplyHeader(from, 0, READ);
        List<Map<String, Object>> groups = new ArrayList<>();
        for (LookupAnswerDecoder.GroupsDecoder group : d.groups()) {
            groups.add(
                    fields(
                            "group",
                            group.group(),
                            "firstBlock",
                            group.firstBlock(),
                            "blockCount",
                            group.blockCount(),
                            "presentCount",
                            group.presentCount()));
        }
        return message(
                "LookupAnswer",
                "jobId",
                d.jobId(),
                "hitTokens",
                d.hitTokens(),
                "entryCount",
                d.entryCount(),
                "cell",
                d.cell(),
                "status",
                (int) d.statusRaw(),
                "missReason",
                (int) d.missReasonRaw(),
                "groups",
                groups);
    }
}
