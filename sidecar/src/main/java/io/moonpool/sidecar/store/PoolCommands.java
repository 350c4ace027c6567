// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Turns the calls of the pool's threads into commands of the store's thread. */
final class PoolCommands implements PoolAccess {

    private final StoreCommands commands;
    private final StoreParts parts;
    private final StoreVerbs verbs;

    PoolCommands(StoreCommands commands, StoreParts parts, StoreVerbs verbs) {
        this.commands = commands;
        this.parts = parts;
        this.verbs = verbs;
    }

    @Override
    public CompletableFuture<StageGrant> reserve(StagingJob job, int group, int[] blocks) {
        return commands.call(() -> {
            StageGrant grant = verbs.pool().writes().reserve(job, group, blocks);
            long bytes = grant.objects().size() * job.groups().get(group).layout().payloadBytes();
            verbs.pool().staging().moving(job, bytes);
            return grant;
        });
    }

    @Override
    public CompletableFuture<Integer> commit(StageGrant grant, boolean[] good, int[] crcs) {
        return commands.call(() -> verbs.pool().writes().commit(grant, good, crcs));
    }

    @Override
    public void done(StagingJob job) {
        commands.call(() -> {
            verbs.pool().staging().done(job);
            return null;
        });
    }

    @Override
    public CompletableFuture<Description> describe(byte[] layout, long epoch, byte[] hashes) {
        return commands.call(() -> verbs.pool().describer().describe(layout, epoch, hashes));
    }

    @Override
    public List<LayoutInfo> layouts() {
        return parts.store().layouts.infos();
    }

    @Override
    public CompletableFuture<LayoutInfo> intern(LayoutInfo told) {
        return commands.call(() -> {
            TenantArena arena =
                    parts.files().arenas().stream()
                            .filter(one -> one.tenant.equals(told.tenant()))
                            .findFirst()
                            .orElseThrow(() -> unknownTenant(told.tenant()));
            Namespace namespace = parts.namespaces().intern(arena, told.namespaceDigest());
            GroupSpec spec =
                    new GroupSpec(told.group(), told.kind(), told.blockTokens(), 0, told.shards());
            LayoutTable layouts = parts.store().layouts;
            return layouts.intern(namespace, spec, told.hashBytes(), parts.store().slabs).info;
        });
    }

    private static StoreRefusal unknownTenant(String tenant) {
        return new StoreRefusal(
                StoreRefusal.Code.PRECONDITION,
                "tenant: this host has no tenant '%s'; name it in its configuration"
                        .formatted(tenant));
    }

    @Override
    public CompletableFuture<Void> announce() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        commands.post(() -> verbs.pool().inventory().announce(done), done);
        return done;
    }

    @Override
    public CompletableFuture<Listing> list(int cursor, int max) {
        return commands.call(() -> verbs.pool().holdings().list(cursor, max));
    }

    @Override
    public CompletableFuture<Listing> coldest(int max) {
        return commands.call(() -> verbs.pool().holdings().coldest(max));
    }

    @Override
    public CompletableFuture<Integer> drop(byte[] layout, long epoch, byte[] hashes) {
        return commands.call(() -> verbs.pool().holdings().drop(layout, epoch, hashes));
    }

    @Override
    public CompletableFuture<Void> remove(byte[] layout, long epoch, byte[] hashes) {
        return commands.call(() -> {
            verbs.pool().holdings().remove(layout, epoch, hashes);
            return null;
        });
    }

    @Override
    public CompletableFuture<Integer> leaving() {
        return commands.call(() -> verbs.pool().holdings().leaving());
    }

    @Override
    public CompletableFuture<Void> publishAnew(byte[] layout, long epoch, byte[] hashes) {
        return commands.call(() -> {
            verbs.pool().holdings().publishAnew(layout, epoch, hashes);
            return null;
        });
    }

    @Override
    public CompletableFuture<Void> raiseFloor(String tenant, byte[] namespace, long epoch) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        commands.post(() -> raise(tenant, namespace, epoch, done), done);
        return done;
    }

    private void raise(String tenant, byte[] digest, long epoch, CompletableFuture<Void> done) {
        Namespace namespace = parts.namespaces().find(tenant, digest);
        if (namespace == null) {
            commands.later(() -> remember(tenant, digest, epoch, done));
            return;
        }
        while (namespace.epoch < epoch - 1) {
            namespace.epoch++;
        }
        verbs.resets()
                .reset(
                        namespace,
                        epoch - 1,
                        () -> done.complete(null),
                        () ->
                                done.completeExceptionally(
                                        new StoreRefusal(
                                                StoreRefusal.Code.EXHAUSTED,
                                                "reset: the new epoch can't be written; make room"
                                                        + " in the data directory")));
    }

    /** Nobody has asked for it here yet: it begins with this epoch. */
    private void remember(String tenant, byte[] digest, long epoch, CompletableFuture<Void> done) {
        try {
            parts.namespaces().remember(tenant, digest, epoch);
            done.complete(null);
        } catch (IOException e) {
            done.completeExceptionally(e);
        }
    }

    @Override
    public MemorySegment arena(int index) {
        return parts.files().arenaMemory().get(index);
    }

    @Override
    public LandedChecksums checksums() {
        return new LandedChecksums(parts.files().headers(), parts.files().arenaMemory());
    }
}
