// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import com.google.protobuf.ByteString;
import io.moonpool.proto.v1.AttachRequest;
import io.moonpool.proto.v1.KvGroup;
import io.moonpool.proto.v1.Lease;
import io.moonpool.proto.v1.Namespace;
import io.moonpool.proto.v1.ProtocolVersion;
import io.moonpool.proto.v1.Role;
import io.moonpool.proto.v1.Shard;
import io.moonpool.sidecar.store.GroupKind;
import io.moonpool.sidecar.store.GroupSpec;
import io.moonpool.sidecar.store.HashVector;
import io.moonpool.sidecar.store.ListedLease;
import io.moonpool.sidecar.store.NamespaceSpec;
import io.moonpool.sidecar.store.SessionRequest;
import io.moonpool.sidecar.store.SessionRole;
import io.moonpool.sidecar.store.ShardSpec;
import java.util.List;

/**
 * Turns an attach message into what the store understands. Checks what has to do with the message:
 * versions, presence, ranges of numbers, text fit for a log. What the values mean to each other is
 * the store's to judge.
 */
final class AttachReader {
    static final int MAJOR = 1;
    static final int MINOR = 0;

    private static final int TEXT_MAX = 256;
    private static final int DIGEST_BYTES = 32;
    private static final int HASH_BYTES_MAX = 32;
    private static final int ENTRY_BYTES = 24;
    private static final int GROUPS_MAX = 16;
    private static final int SHARDS_MAX = 256;
    private static final int WORLD_SIZE_MAX = 65_536;
    private static final int RANGE_MAX = 0xFFFF;

    private AttachReader() {}

    /** {@code tenant} is the admitted one. */
    static SessionRequest read(AttachRequest request, String tenant) {
        text("client", request.getClient());
        required("engine_id", !request.getEngineId().isEmpty());
        int worldSize = number("world_size", request.getWorldSize(), 1, WORLD_SIZE_MAX);
        return new SessionRequest(
                text("engine_id", request.getEngineId()),
                role(request.getRole()),
                number("rank", request.getRank(), 0, worldSize - 1),
                worldSize,
                request.getPid(),
                tenant,
                namespace(request),
                groups(request.getGroupsList()),
                hashVector(request),
                request.getWantsEvents(),
                request.getPreviousSessionId(),
                request.getLeasesList().stream().map(AttachReader::lease).toList(),
                request.getPreviousEpoch(),
                request.getResetPending());
    }

    static void checkVersion(ProtocolVersion client) {
        if (client.getMajor() == MAJOR) {
            return;
        }
        String older =
                Integer.compareUnsigned(client.getMajor(), MAJOR) > 0
                        ? "the sidecar"
                        : "the client";
        throw Refusals.version(
                "protocol.major: the client speaks %s.%s and this sidecar %d.%d; upgrade %s"
                        .formatted(
                                Integer.toUnsignedString(client.getMajor()),
                                Integer.toUnsignedString(client.getMinor()),
                                MAJOR,
                                MINOR,
                                older));
    }

    private static SessionRole role(Role role) {
        return switch (role) {
            case ROLE_SCHEDULER -> SessionRole.SCHEDULER;
            case ROLE_WORKER -> SessionRole.WORKER;
            case ROLE_UNSPECIFIED, UNRECOGNIZED ->
                    throw Refusals.invalid("role", "say ROLE_SCHEDULER or ROLE_WORKER");
        };
    }

    private static NamespaceSpec namespace(AttachRequest request) {
        required("namespace", request.hasNamespace());
        Namespace namespace = request.getNamespace();
        size("namespace.digest", namespace.getDigest(), DIGEST_BYTES);
        CanonicalNamespace canonical = CanonicalNamespace.parse(namespace.getCanonicalJson());
        if (!namespace.getDigest().equals(ByteString.copyFrom(canonical.digest()))) {
            throw Refusals.invalid(
                    "namespace.digest",
                    "is not the SHA-256 of namespace.canonical_json; send both anew");
        }
        return new NamespaceSpec(
                namespace.getDigest().toByteArray(),
                text("namespace.label", namespace.getLabel()),
                namespace.getPrivateToEngine(),
                canonical.sharingKey());
    }

    private static HashVector hashVector(AttachRequest request) {
        required("hash_vector", request.hasHashVector());
        io.moonpool.proto.v1.HashVector vector = request.getHashVector();
        required("hash_vector.algorithm", !vector.getAlgorithm().isEmpty());
        int bytes = number("hash_vector.hash_bytes", vector.getHashBytes(), 1, HASH_BYTES_MAX);
        size("hash_vector.hash", vector.getHash(), bytes);
        return new HashVector(
                text("hash_vector.algorithm", vector.getAlgorithm()),
                bytes,
                number("hash_vector.block_tokens", vector.getBlockTokens(), 1, Integer.MAX_VALUE),
                vector.getHash().toByteArray());
    }

    private static List<GroupSpec> groups(List<KvGroup> groups) {
        number("groups (their count)", groups.size(), 1, GROUPS_MAX);
        return groups.stream().map(AttachReader::group).toList();
    }

    private static GroupSpec group(KvGroup group) {
        number("groups.shards (their count)", group.getShardsCount(), 1, SHARDS_MAX);
        GroupKind kind =
                switch (group.getKind()) {
                    case GROUP_KIND_FULL -> GroupKind.FULL;
                    case GROUP_KIND_WINDOW -> GroupKind.WINDOW;
                    case GROUP_KIND_UNSPECIFIED, UNRECOGNIZED ->
                            throw Refusals.invalid(
                                    "groups.kind", "say GROUP_KIND_FULL or GROUP_KIND_WINDOW");
                };
        int windowMin = kind == GroupKind.WINDOW ? 1 : 0;
        int windowMax = kind == GroupKind.WINDOW ? Integer.MAX_VALUE : 0;
        return new GroupSpec(
                number("groups.group", group.getGroup(), 0, RANGE_MAX),
                kind,
                number("groups.block_tokens", group.getBlockTokens(), 1, Integer.MAX_VALUE),
                number("groups.window_blocks", group.getWindowBlocks(), windowMin, windowMax),
                group.getShardsList().stream().map(AttachReader::shard).toList());
    }

    private static ShardSpec shard(Shard shard) {
        if (shard.getSlotBytes() <= 0) {
            throw Refusals.invalid("groups.shards.slot_bytes", "must be above 0");
        }
        return new ShardSpec(
                number("groups.shards.layer_first", shard.getLayerFirst(), 0, RANGE_MAX),
                number("groups.shards.layer_count", shard.getLayerCount(), 1, RANGE_MAX),
                number("groups.shards.head_first", shard.getHeadFirst(), 0, RANGE_MAX),
                number("groups.shards.head_count", shard.getHeadCount(), 1, RANGE_MAX),
                shard.getSlotBytes());
    }

    private static ListedLease lease(Lease lease) {
        if (lease.getEntries().size() % ENTRY_BYTES != 0) {
            throw Refusals.invalid("leases.entries", "is no multiple of " + ENTRY_BYTES + " bytes");
        }
        return new ListedLease(lease.getJobId(), lease.getEntries().toByteArray());
    }

    /** Unsigned numbers of the message that are negative as Java's int are out of every range. */
    private static int number(String field, int value, int min, int max) {
        if (value < min || value > max) {
            throw Refusals.invalid(
                    field,
                    "%s is out of range; it must be from %d to %d"
                            .formatted(Integer.toUnsignedString(value), min, max));
        }
        return value;
    }

    private static void required(String field, boolean present) {
        if (!present) {
            throw Refusals.invalid(field, "is missing; fill it in");
        }
    }

    private static void size(String field, ByteString bytes, int size) {
        if (bytes.size() != size) {
            throw Refusals.invalid(
                    field, "has %d bytes; it must have %d".formatted(bytes.size(), size));
        }
    }

    /** It goes to logs and terminals, so nothing that moves a cursor. */
    private static String text(String field, String value) {
        if (value.length() > TEXT_MAX || value.codePoints().anyMatch(Character::isISOControl)) {
            throw Refusals.invalid(
                    field, "must be one line of at most " + TEXT_MAX + " characters");
        }
        return value;
    }
}
