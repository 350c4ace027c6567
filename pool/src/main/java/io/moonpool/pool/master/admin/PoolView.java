// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import io.moonpool.pool.state.DrainProgress;
import io.moonpool.pool.state.KeyPage;
import io.moonpool.pool.state.KeyView;
import io.moonpool.pool.state.MemberView;
import io.moonpool.pool.state.TenantView;
import io.moonpool.pool.state.Totals;
import java.util.List;

/**
 * What the pages ask of the pool. Every call ends within a deadline of its own; one that is refused
 * or late is an {@link AdminFailure} in Mooncake's words.
 */
public interface PoolView {
    Totals totals() throws AdminFailure;

    /** Those that are not forgotten, in the order of their first join. */
    List<MemberView> members() throws AdminFailure;

    /** An object by its whole name, as {@link #keys} lists it, or everything with that hash. */
    List<KeyView> find(String key) throws AdminFailure;

    KeyPage keys(long cursor, int max) throws AdminFailure;

    DrainProgress drain(String member, List<String> targets) throws AdminFailure;

    void cancelDrain(String member) throws AdminFailure;

    List<DrainProgress> drains() throws AdminFailure;

    List<TenantView> tenants() throws AdminFailure;

    void setQuota(String tenant, long bytes) throws AdminFailure;

    void removeQuota(String tenant) throws AdminFailure;

    /** How many objects were there; of every tenant when it is empty. */
    long removeAll(String tenant) throws AdminFailure;
}
