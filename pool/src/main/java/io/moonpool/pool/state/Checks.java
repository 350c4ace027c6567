// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.nio.ByteOrder;
import java.util.List;

/** Refuses, by the field's name, what is malformed, before anything of it is carried out. */
final class Checks {
    private static final int TEXT_MAX = 256;
    private static final int ENDPOINTS_MAX = 64;
    private static final int KEYS_MAX = 1 << 16;
    private static final int RECORDS_MAX = 1 << 16;
    private static final int WANTED_MAX = ObjectTable.REPLICAS_MAX;

    private Checks() {}

    static void member(MemberSpec spec) {
        if (spec.id().high() == 0 && spec.id().low() == 0) {
            throw invalid("member.id: is all zeroes; make a random one and keep it");
        }
        text("member.name", spec.name());
        if (spec.name().isEmpty()) {
            throw invalid("member.name: is empty; give the advertised host name");
        }
        text("member.peer_endpoint", spec.peerEndpoint());
        text("member.protocol", spec.protocol());
        if (spec.transferEndpoints().size() > ENDPOINTS_MAX) {
            throw invalid(
                    "member.transfer_endpoints: has %d, at most %d are possible"
                            .formatted(spec.transferEndpoints().size(), ENDPOINTS_MAX));
        }
        spec.transferEndpoints().forEach(text -> text("member.transfer_endpoints", text));
        bytes("member.capacity_bytes", spec.capacityBytes());
        bytes("member.free_bytes", spec.freeBytes());
    }

    static void layouts(List<LayoutSpec> specs) {
        for (LayoutSpec spec : specs) {
            text("layout.tenant", spec.tenant());
            text("layout.label", spec.label());
            if (spec.objectBytes() <= 0) {
                throw invalid("layout.object_bytes: must be positive, is " + spec.objectBytes());
            }
        }
    }

    static void floors(List<Floor> floors) {
        for (Floor floor : floors) {
            text("floor.tenant", floor.tenant());
            bytes("floor.epoch", floor.epoch());
        }
    }

    static void keys(List<ObjectKey> keys) {
        if (keys.size() > KEYS_MAX) {
            throw invalid(
                    "hashes: %d at once, at most %d are possible".formatted(keys.size(), KEYS_MAX));
        }
    }

    static void tenant(String tenant) {
        text("tenant", tenant);
    }

    static void bytes(String field, long value) {
        if (value < 0) {
            throw invalid(field + ": is negative or above 2^63: " + Long.toUnsignedString(value));
        }
    }

    static void wanted(int wanted) {
        if (wanted > WANTED_MAX) {
            throw invalid("wanted: is %d, at most %d are possible".formatted(wanted, WANTED_MAX));
        }
    }

    static void text(String field, String text) {
        if (text.length() > TEXT_MAX) {
            throw invalid(
                    "%s: has %d characters, at most %d are possible"
                            .formatted(field, text.length(), TEXT_MAX));
        }
    }

    /** {@code layouts} is how many the stream has with this batch. */
    static void records(ChangeSet changes, int layouts) {
        if (changes.count < 0 || changes.count > RECORDS_MAX) {
            throw invalid(
                    "records: %d at once, at most %d are possible"
                            .formatted(changes.count, RECORDS_MAX));
        }
        int at = changes.offset;
        for (int i = 0; i < changes.count; i++, at += ChangeRecord.BYTES) {
            int op = changes.records.getByte(at + ChangeRecord.OP);
            int tier = changes.records.getByte(at + ChangeRecord.TIER);
            int layout = changes.records.getInt(at + ChangeRecord.LAYOUT, ByteOrder.LITTLE_ENDIAN);
            boolean right =
                    (op == ChangeRecord.PUBLISH || op == ChangeRecord.RETRACT)
                            && (tier == Tier.MEMORY.code() || tier == Tier.SSD.code())
                            && layout >= 0
                            && layout < layouts;
            if (!right) {
                throw invalid(
                        "records: number %d has op=%d, tier=%d, layout=%d of %d"
                                .formatted(i, op, tier, layout, layouts));
            }
        }
    }

    private static Refusal invalid(String message) {
        return new Refusal(Refusal.Kind.INVALID, message);
    }
}
