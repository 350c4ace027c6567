// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import io.moonpool.pool.state.TenantView;
import java.math.BigInteger;
import java.util.List;

/** Quotas against what is there: when they promise more than the pool has, each shrinks alike. */
record QuotaShares(List<TenantView> tenants, long capacityBytes) {
    QuotaShares {
        tenants = List.copyOf(tenants);
    }

    private BigInteger promised() {
        return tenants.stream()
                .filter(tenant -> tenant.quotaBytes() > 0)
                .map(tenant -> BigInteger.valueOf(tenant.quotaBytes()))
                .reduce(BigInteger.ZERO, BigInteger::add);
    }

    /** Without a quota: everything. */
    long effective(TenantView tenant) {
        if (tenant.quotaBytes() < 0) {
            return capacityBytes;
        }
        BigInteger capacity = BigInteger.valueOf(capacityBytes);
        BigInteger promised = promised();
        if (promised.compareTo(capacity) <= 0) {
            return tenant.quotaBytes();
        }
        return BigInteger.valueOf(tenant.quotaBytes())
                .multiply(capacity)
                .divide(promised)
                .longValueExact();
    }
}
