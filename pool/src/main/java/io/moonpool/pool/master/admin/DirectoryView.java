// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import io.moonpool.pool.embedded.DirectoryAccess;
import io.moonpool.pool.state.Command;
import io.moonpool.pool.state.Digest;
import io.moonpool.pool.state.DrainProgress;
import io.moonpool.pool.state.KeyPage;
import io.moonpool.pool.state.KeyView;
import io.moonpool.pool.state.MemberView;
import io.moonpool.pool.state.ObjectKey;
import io.moonpool.pool.state.Refusal;
import io.moonpool.pool.state.TenantView;
import io.moonpool.pool.state.Totals;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The pages' view of a directory that belongs to another thread. */
public final class DirectoryView implements PoolView {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryView.class);
    private static final long DEADLINE_S = 2;

    private final DirectoryAccess directory;

    public DirectoryView(DirectoryAccess directory) {
        this.directory = directory;
    }

    @Override
    public Totals totals() throws AdminFailure {
        return within(directory.query(one -> one.totals()), AdminError.INTERNAL_ERROR);
    }

    @Override
    public List<MemberView> members() throws AdminFailure {
        return within(directory.query(one -> one.members()), AdminError.INTERNAL_ERROR);
    }

    @Override
    public List<KeyView> find(String key) throws AdminFailure {
        Optional<ObjectKey> whole = Names.key(key);
        if (whole.isPresent()) {
            return within(
                    directory.query(one -> one.find(whole.get()).stream().toList()),
                    AdminError.OBJECT_NOT_FOUND);
        }
        Digest hash = Digest.parse(key);
        return hash == null
                ? List.of()
                : within(directory.query(one -> one.find(hash)), AdminError.OBJECT_NOT_FOUND);
    }

    @Override
    public KeyPage keys(long cursor, int max) throws AdminFailure {
        return within(directory.query(one -> one.keys(cursor, max)), AdminError.INTERNAL_ERROR);
    }

    @Override
    public DrainProgress drain(String member, List<String> targets) throws AdminFailure {
        return within(
                directory.command((one, now) -> one.drain(new Command.Drain(now, member, targets))),
                AdminError.SEGMENT_NOT_FOUND);
    }

    @Override
    public void cancelDrain(String member) throws AdminFailure {
        within(
                directory.command((one, now) -> one.cancel(new Command.CancelDrain(now, member))),
                AdminError.SEGMENT_NOT_FOUND);
    }

    @Override
    public List<DrainProgress> drains() throws AdminFailure {
        return within(directory.query(one -> one.drains()), AdminError.INTERNAL_ERROR);
    }

    @Override
    public List<TenantView> tenants() throws AdminFailure {
        return within(directory.query(one -> one.tenants()), AdminError.INTERNAL_ERROR);
    }

    @Override
    public void setQuota(String tenant, long bytes) throws AdminFailure {
        within(
                directory.command((one, now) -> {
                    one.quota(new Command.SetQuota(now, tenant, bytes));
                    return true;
                }),
                AdminError.TENANT_NOT_REGISTERED);
    }

    @Override
    public void removeQuota(String tenant) throws AdminFailure {
        within(
                directory.command((one, now) -> {
                    one.quota(new Command.RemoveQuota(now, tenant));
                    return true;
                }),
                AdminError.TENANT_NOT_REGISTERED);
    }

    @Override
    public long removeAll(String tenant) throws AdminFailure {
        return within(
                        directory.command(
                                (one, now) -> one.removeAll(new Command.RemoveAll(now, tenant))),
                        AdminError.TENANT_NOT_REGISTERED)
                .objects();
    }

    private static <T> T within(CompletableFuture<T> answer, AdminError notFound)
            throws AdminFailure {
        try {
            return answer.get(DEADLINE_S, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw failure(e.getCause(), notFound);
        } catch (TimeoutException e) {
            throw new AdminFailure(
                    AdminError.SERVICE_NOT_ACTIVE,
                    "the directory did not answer within " + DEADLINE_S + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AdminFailure(AdminError.SERVICE_NOT_ACTIVE, "service plane is not active");
        }
    }

    private static AdminFailure failure(Throwable cause, AdminError notFound) {
        if (cause instanceof Refusal refusal) {
            return switch (refusal.kind()) {
                case INVALID -> new AdminFailure(AdminError.INVALID_PARAMS, refusal.getMessage());
                case NOT_FOUND -> new AdminFailure(notFound);
                case CONFLICT ->
                        new AdminFailure(
                                AdminError.UNAVAILABLE_IN_CURRENT_STATUS, refusal.getMessage());
                case EXHAUSTED -> new AdminFailure(AdminError.INTERNAL_ERROR, refusal.getMessage());
            };
        }
        LOG.warn("an admin call failed: {}", cause.toString());
        return new AdminFailure(AdminError.SERVICE_NOT_ACTIVE, cause.getMessage());
    }
}
