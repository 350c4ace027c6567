// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What people ask: members, objects, tenants, figures. */
final class Listing {
    /** Records looked at for one page, however few of them are shown. */
    private static final int PAGE_RECORDS = 1 << 16;

    private final Tables tables;
    private final Inventory inventory;
    private final Members members;

    Listing(Tables tables) {
        this.tables = tables;
        this.inventory = tables.inventory;
        this.members = tables.members;
    }

    List<MemberView> members() {
        List<MemberView> views = new ArrayList<>();
        members.forEach(member -> views.add(view(member)));
        return views;
    }

    List<MemberView> members(String nameOrId) {
        return members.named(nameOrId).stream().map(Listing::view).toList();
    }

    Optional<MemberView> member(int handle) {
        return Optional.ofNullable(members.byHandle(handle)).map(Listing::view);
    }

    private static MemberView view(Member member) {
        MemberSpec said = member.spec;
        MemberSpec now =
                new MemberSpec(
                        said.id(),
                        said.name(),
                        said.peerEndpoint(),
                        said.transferEndpoints(),
                        said.protocol(),
                        member.capacityBytes,
                        Math.max(0, member.freeBytes),
                        said.boot());
        return new MemberView(
                member.handle,
                now,
                member.state(),
                member.objects,
                member.memoryBytes,
                member.ssdBytes,
                member.firstJoinedAt,
                member.heardAt);
    }

    KeyPage keys(long cursor, int max) {
        List<KeyView> keys = new ArrayList<>();
        int high = inventory.objects.high();
        int ordinal = Math.clamp(cursor, 0, high);
        int end = (int) Math.min(high, (long) ordinal + PAGE_RECORDS);
        for (; ordinal < end && keys.size() < max; ordinal++) {
            if (inventory.objects.isUsed(ordinal)
                    && !inventory.scopes.isRetired(inventory.objects.scope(ordinal))) {
                KeyView view = view(ordinal);
                if (!view.replicas().isEmpty()) {
                    keys.add(view);
                }
            }
        }
        return new KeyPage(keys, ordinal == high ? KeyPage.END : ordinal);
    }

    Optional<KeyView> find(ObjectKey key) {
        int ordinal = tables.find(key);
        return ordinal == Inventory.NONE
                ? Optional.empty()
                : Optional.of(view(ordinal)).filter(view -> !view.replicas().isEmpty());
    }

    List<KeyView> find(Digest hash) {
        List<KeyView> found = new ArrayList<>();
        Probe probe = new Probe();
        for (int scope = 0; scope < inventory.scopes.high(); scope++) {
            if (inventory.scopes.isLive(scope)) {
                int ordinal = inventory.find(probe.of(scope, inventory.scopes.salt(scope), hash));
                if (ordinal != Inventory.NONE) {
                    found.add(view(ordinal));
                }
            }
        }
        found.removeIf(view -> view.replicas().isEmpty());
        return found;
    }

    private KeyView view(int ordinal) {
        ObjectTable objects = inventory.objects;
        List<ReplicaView> replicas = new ArrayList<>();
        for (int place = objects.firstPlace(ordinal);
                place != ObjectTable.NO_PLACE;
                place = objects.nextPlace(ordinal, place)) {
            int handle = objects.handle(ordinal, place);
            if (members.isLocated(handle)) {
                replicas.add(
                        new ReplicaView(
                                handle,
                                Tier.of(objects.tier(ordinal, place)),
                                objects.number(ordinal, place)));
            }
        }
        ObjectKey key = inventory.key(ordinal);
        Marks.Mark mark =
                objects.has(ordinal, ObjectTable.MARKED) ? tables.marks.get(key) : Marks.NONE;
        return new KeyView(
                key,
                inventory.layout(ordinal),
                replicas,
                Math.max(mark.wanted(), objects.wanted(ordinal)),
                ifRunning(mark.softUntil()),
                ifRunning(mark.hardUntil()));
    }

    private long ifRunning(long until) {
        return until > tables.now ? until : 0;
    }

    private record Sum(long objects, long bytes) {
        private static final Sum ZERO = new Sum(0, 0);

        private Sum plus(long moreObjects, long moreBytes) {
            return new Sum(objects + moreObjects, bytes + moreBytes);
        }
    }

    List<TenantView> tenants() {
        Map<String, Sum> sums = new LinkedHashMap<>();
        tables.quotas.tenants().forEach(tenant -> sums.put(tenant, Sum.ZERO));
        Scopes scopes = inventory.scopes;
        for (int scope = 0; scope < scopes.high(); scope++) {
            if (scopes.isLive(scope)) {
                LayoutSpec spec = tables.layouts.spec(scopes.layout(scope));
                sums.put(
                        spec.tenant(),
                        sums.getOrDefault(spec.tenant(), Sum.ZERO)
                                .plus(
                                        scopes.records(scope),
                                        scopes.replicas(scope) * spec.objectBytes()));
            }
        }
        List<TenantView> views = new ArrayList<>();
        sums.forEach((tenant, sum) ->
                views.add(
                        new TenantView(
                                tenant, sum.objects, sum.bytes, tables.quotas.bytes(tenant))));
        return views;
    }

    Totals totals(long sweepLeft) {
        long[] sums = new long[4];
        members.forEach(member -> {
            if (members.isLocated(member.handle)) {
                sums[0]++;
                sums[1] += member.capacityBytes;
                sums[2] += member.memoryBytes;
                sums[3] += member.ssdBytes;
            }
        });
        long[] pinned = new long[2];
        tables.marks.forEach((key, mark) -> {
            pinned[0] += mark.softUntil() > tables.now ? 1 : 0;
            pinned[1] += mark.hardUntil() > tables.now ? 1 : 0;
        });
        return new Totals(
                inventory.records(),
                inventory.replicas(),
                (int) sums[0],
                sums[1],
                sums[2],
                sums[3],
                pinned[0],
                pinned[1],
                tables.removals.count(),
                sweepLeft,
                inventory.published(),
                inventory.retracted(),
                tables.outbox.ordersGiven(),
                inventory.bytes());
    }
}
