// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Chooses members for copies: by chance, the likelier the larger the free share of their capacity.
 * A new member's share grows to the full over a while, and until then is never more than the
 * average of the others, so that one that joins empty does not attract everything.
 */
final class Placement {
    private static final long WEIGHT_MAX = 1_024;
    private static final long FIRST_SHARE = 10;
    private static final long STEP = 0x9E3779B97F4A7C15L;

    private final Tables tables;

    /** By slot; 0: not chosen. */
    private long[] weights = new long[0];

    Placement(Tables tables) {
        this.tables = tables;
    }

    List<Integer> place(PlaceQuery query, long objectBytes) {
        Member asking = tables.members.byHandle(query.asking());
        Predicate<Member> allowed =
                member ->
                        member != asking
                                && !query.excluded().contains(member.handle)
                                && (asking == null
                                        || asking.drain == null
                                        || asking.drain.allows(member.spec));
        List<Integer> chosen =
                choose(objectBytes, query.objects(), query.seed(), query.candidates(), allowed);
        return query.preferred().isEmpty()
                ? chosen
                : preferred(query, objectBytes, allowed, chosen);
    }

    private List<Integer> preferred(
            PlaceQuery query, long objectBytes, Predicate<Member> allowed, List<Integer> chosen) {
        List<Integer> ordered = new ArrayList<>();
        for (Member member : tables.members.named(query.preferred())) {
            if (allowed.test(member) && hasRoom(member, objectBytes)) {
                ordered.add(member.handle);
            }
        }
        for (int handle : chosen) {
            if (!ordered.contains(handle) && ordered.size() < query.candidates()) {
                ordered.add(handle);
            }
        }
        return ordered;
    }

    List<Integer> choose(long objectBytes, int objects, long seed, int count) {
        return choose(objectBytes, objects, seed, count, member -> true);
    }

    /** Members with room for all objects; if there are none, those with room for one. */
    private List<Integer> choose(
            long objectBytes, int objects, long seed, int count, Predicate<Member> allowed) {
        long total = weigh(objectBytes * Math.max(1, objects), allowed);
        return draw(total == 0 ? weigh(objectBytes, allowed) : total, seed, count);
    }

    private boolean hasRoom(Member member, long bytes) {
        return member.capacityBytes > 0
                && member.freeBytes >= bytes
                && member.drain == null
                && tables.members.isLocated(member.handle);
    }

    private long weigh(long bytes, Predicate<Member> allowed) {
        int high = tables.members.high();
        if (weights.length < high) {
            weights = new long[high * 2];
        }
        long grown = 0;
        long grownSum = 0;
        for (int slot = 0; slot < high; slot++) {
            Member member = tables.members.at(slot);
            weights[slot] = 0;
            if (member != null && hasRoom(member, bytes) && allowed.test(member)) {
                weights[slot] = share(member);
                if (!isYoung(member)) {
                    grown++;
                    grownSum += weights[slot];
                }
            }
        }
        return total(high, grown == 0 ? WEIGHT_MAX : Math.max(1, grownSum / grown));
    }

    /** Takes young members back to what they may have. */
    private long total(int high, long youngMax) {
        long total = 0;
        for (int slot = 0; slot < high; slot++) {
            if (weights[slot] > 0) {
                Member member = tables.members.at(slot);
                if (isYoung(member)) {
                    weights[slot] = Math.max(1, young(member, Math.min(weights[slot], youngMax)));
                }
                total += weights[slot];
            }
        }
        return total;
    }

    private static long share(Member member) {
        double free = (double) member.freeBytes / member.capacityBytes;
        return Math.clamp((long) (free * WEIGHT_MAX), 1, WEIGHT_MAX);
    }

    private boolean isYoung(Member member) {
        return tables.now - member.firstJoinedAt < tables.config.slowStartMs();
    }

    private long young(Member member, long weight) {
        long span = tables.config.slowStartMs();
        long age = Math.max(tables.now - member.firstJoinedAt, span / FIRST_SHARE);
        return weight * age / span;
    }

    private List<Integer> draw(long sum, long seed, int count) {
        List<Integer> drawn = new ArrayList<>();
        long total = sum;
        long chance = seed;
        while (drawn.size() < count && total > 0) {
            chance += STEP;
            long point = Long.remainderUnsigned(mix(chance), total);
            int slot = 0;
            while (point >= weights[slot]) {
                point -= weights[slot];
                slot++;
            }
            drawn.add(tables.members.at(slot).handle);
            total -= weights[slot];
            weights[slot] = 0;
        }
        return drawn;
    }

    private static long mix(long value) {
        long mixed = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }
}
