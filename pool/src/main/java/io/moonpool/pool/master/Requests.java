// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.moonpool.pool.state.ChangeRecord;
import io.moonpool.pool.state.ChangeSet;
import io.moonpool.pool.state.Command;
import io.moonpool.pool.state.Digest;
import io.moonpool.pool.state.Directory;
import io.moonpool.pool.state.LayoutSpec;
import io.moonpool.pool.state.MemberId;
import io.moonpool.pool.state.MemberSpec;
import io.moonpool.pool.state.ObjectKey;
import io.moonpool.pool.state.PlaceQuery;
import io.moonpool.proto.v1.ChangeBatch;
import io.moonpool.proto.v1.Floor;
import io.moonpool.proto.v1.JoinRequest;
import io.moonpool.proto.v1.Layout;
import io.moonpool.proto.v1.LocateRequest;
import io.moonpool.proto.v1.MarkRequest;
import io.moonpool.proto.v1.MemberInfo;
import io.moonpool.proto.v1.PlaceRequest;
import io.moonpool.proto.v1.ReportRequest;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads what members send, and refuses by field what is malformed. */
final class Requests {
    private static final int MAJOR = 1;
    private static final int NOBODY = -1;
    private static final int HASHES_MAX = 1 << 16;
    private static final int CANDIDATES_MAX = 64;

    private Requests() {}

    /** A join that has no time yet. */
    record Join(MemberSpec member, List<io.moonpool.pool.state.Floor> floors, long removalDone) {
        Command.Join at(long now) {
            return new Command.Join(now, member, floors, removalDone);
        }
    }

    static Join join(JoinRequest request) {
        if (request.getProtocol().getMajor() != MAJOR) {
            throw Status.UNIMPLEMENTED
                    .withDescription(
                            "protocol: the directory speaks %d, the member %d; upgrade the %s"
                                    .formatted(
                                            MAJOR,
                                            request.getProtocol().getMajor(),
                                            request.getProtocol().getMajor() < MAJOR
                                                    ? "member"
                                                    : "directory"))
                    .asRuntimeException();
        }
        return new Join(
                member(request.getMember()),
                floors(request.getFloorsList()),
                request.getRemovalDone());
    }

    private static MemberSpec member(MemberInfo info) {
        if (info.getId().size() != MemberId.BYTES) {
            throw Answers.invalid(
                    "member.id", "has %d bytes, not 16".formatted(info.getId().size()));
        }
        return new MemberSpec(
                MemberId.of(info.getId().toByteArray()),
                info.getName(),
                info.getPeerEndpoint(),
                info.getTransferEndpointsList(),
                info.getProtocol(),
                info.getCapacityBytes(),
                info.getFreeBytes(),
                info.getBoot());
    }

    private static List<io.moonpool.pool.state.Floor> floors(List<Floor> floors) {
        return floors.stream()
                .map(floor ->
                        new io.moonpool.pool.state.Floor(
                                floor.getTenant(),
                                digest("floor.namespace_digest", floor.getNamespaceDigest()),
                                floor.getEpoch()))
                .toList();
    }

    static ChangeSet changes(ChangeBatch batch) {
        if (batch.getRecords().size() % ChangeRecord.BYTES != 0) {
            throw Answers.invalid(
                    "records",
                    "have %d bytes, no multiple of %d"
                            .formatted(batch.getRecords().size(), ChangeRecord.BYTES));
        }
        ChangeSet set = new ChangeSet();
        set.member = batch.getMember();
        set.firstSequence = batch.getFirstSequence();
        set.layouts = batch.getLayoutsList().stream().map(Requests::layout).toList();
        set.records = new UnsafeBuffer(batch.getRecords().asReadOnlyByteBuffer());
        set.count = batch.getRecords().size() / ChangeRecord.BYTES;
        set.capacityBytes = batch.getCapacityBytes();
        set.freeBytes = batch.getFreeBytes();
        set.floors = floors(batch.getFloorsList());
        set.announced = batch.getAnnounced();
        set.removalDone = batch.getRemovalDone();
        return set;
    }

    private static LayoutSpec layout(Layout layout) {
        return new LayoutSpec(
                digest("layout.digest", layout.getDigest()),
                layout.getTenant(),
                layout.getLabel(),
                layout.getObjectBytes(),
                digest("layout.namespace_digest", layout.getNamespaceDigest()),
                layout.getGroup());
    }

    record Located(Digest layout, long epoch, UnsafeBuffer hashes, int count, int asking) {}

    static Located locate(LocateRequest request) {
        return new Located(
                digest("layout", request.getLayout()),
                request.getEpoch(),
                new UnsafeBuffer(request.getHashes().asReadOnlyByteBuffer()),
                hashes(request.getHashes()),
                asking(request.getAsking()));
    }

    /** A question for places that has no chance yet. */
    record Placing(PlaceRequest request, Digest layout) {
        PlaceQuery query(long seed, int spare) {
            int candidates = Math.max(1, request.getReplicas()) + spare;
            return new PlaceQuery(
                    seed,
                    layout,
                    request.getObjectBytes(),
                    request.getTenant(),
                    Math.max(1, request.getObjects()),
                    asking(request.getAsking()),
                    request.getExcludedList(),
                    request.getPreferred(),
                    Math.min(CANDIDATES_MAX, candidates));
        }
    }

    static Placing place(PlaceRequest request) {
        if (request.getObjectBytes() < 0 || request.getObjects() < 0 || request.getReplicas() < 0) {
            throw Answers.invalid("objects, object_bytes, replicas", "one is above 2^31 or 2^63");
        }
        return new Placing(request, digest("layout", request.getLayout()));
    }

    /** What a reader has noticed. */
    @FunctionalInterface
    interface Report {
        void apply(Directory directory, long now);
    }

    static Report report(ReportRequest request) {
        int asking = request.getAsking();
        int member = request.getMember();
        return switch (request.getWhat()) {
            case UNREACHABLE ->
                    (directory, now) ->
                            directory.report(new Command.ReportUnreachable(now, asking, member));
            case NOT_THERE -> {
                List<ObjectKey> keys =
                        keys(request.getLayout(), request.getEpoch(), request.getHashes());
                yield (directory, now) ->
                        directory.report(new Command.ReportMissing(now, asking, member, keys));
            }
            default -> throw Answers.invalid("what", "is unknown: " + request.getWhatValue());
        };
    }

    static Command.Mark mark(MarkRequest request, List<ObjectKey> keys, long now) {
        return new Command.Mark(
                now,
                keys,
                request.hasWanted() ? request.getWanted() : Command.Mark.KEEP,
                request.hasSoftMs() ? until(now, request.getSoftMs()) : Command.Mark.KEEP,
                request.hasHardMs() ? until(now, request.getHardMs()) : Command.Mark.KEEP);
    }

    private static long until(long now, long forMs) {
        if (forMs == 0) {
            return 0;
        }
        return forMs < 0 || forMs > Command.NEVER - now ? Command.NEVER : now + forMs;
    }

    static List<ObjectKey> keys(ByteString layout, long epoch, ByteString hashes) {
        Digest digest = digest("layout", layout);
        int count = hashes(hashes);
        UnsafeBuffer buffer = new UnsafeBuffer(hashes.asReadOnlyByteBuffer());
        List<ObjectKey> keys = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            keys.add(new ObjectKey(digest, epoch, Digest.of(buffer, i * Digest.BYTES)));
        }
        return keys;
    }

    private static int hashes(ByteString hashes) {
        int count = hashes.size() / Digest.BYTES;
        if (hashes.size() % Digest.BYTES != 0 || count > HASHES_MAX) {
            throw Answers.invalid(
                    "hashes",
                    "have %d bytes; 32 each, at most %d of them"
                            .formatted(hashes.size(), HASHES_MAX));
        }
        return count;
    }

    private static Digest digest(String field, ByteString bytes) {
        if (bytes.size() != Digest.BYTES) {
            throw Answers.invalid(field, "has %d bytes, not 32".formatted(bytes.size()));
        }
        return Digest.of(bytes.toByteArray());
    }

    private static int asking(int member) {
        return member == 0 ? NOBODY : member;
    }
}
