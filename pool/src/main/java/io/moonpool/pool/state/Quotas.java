// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** How many bytes of the pool a tenant may have. */
final class Quotas {
    static final long NONE = -1;

    private final int max;
    private final Map<String, Long> quotas = new LinkedHashMap<>();

    Quotas(int max) {
        this.max = max;
    }

    boolean has(String tenant) {
        return quotas.containsKey(tenant);
    }

    long bytes(String tenant) {
        return quotas.getOrDefault(tenant, NONE);
    }

    void put(String tenant, long bytes) {
        if (quotas.size() >= max && !quotas.containsKey(tenant)) {
            throw new Refusal(
                    Refusal.Kind.EXHAUSTED, "quota: %d tenants have one already".formatted(max));
        }
        quotas.put(tenant, bytes);
    }

    boolean remove(String tenant) {
        return quotas.remove(tenant) != null;
    }

    Set<String> tenants() {
        return quotas.keySet();
    }

    void facts(Consumer<Fact> receiver) {
        quotas.forEach((tenant, bytes) -> receiver.accept(new Fact.Quota(tenant, bytes)));
    }

    void write(SnapshotWriter out) {
        out.putInt(quotas.size());
        quotas.forEach((tenant, bytes) -> {
            out.putString(tenant);
            out.putLong(bytes);
        });
    }

    void read(SnapshotReader in) {
        int count = in.getCount(max, "quotas");
        for (int i = 0; i < count; i++) {
            quotas.put(in.getString(), in.getLong());
        }
    }
}
