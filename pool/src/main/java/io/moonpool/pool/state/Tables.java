// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/** The parts of a directory that its verbs share, and its time. */
final class Tables implements AutoCloseable {
    final DirectoryConfig config;
    final Members members;
    final Layouts layouts;
    final Floors floors;
    final Marks marks;
    final Removals removals;
    final Quotas quotas;
    final Inventory inventory;
    final Outbox outbox = new Outbox();

    /** The latest time that a command has said. */
    long now;

    Tables(DirectoryConfig config) {
        this.config = config;
        this.members = new Members(config.membersMax());
        this.layouts = new Layouts(config.layoutsMax());
        this.floors = new Floors(config.marksMax());
        this.marks = new Marks(config.seed(), config.marksMax());
        this.removals = new Removals(config.tombstonesMax());
        this.quotas = new Quotas(config.layoutsMax());
        this.inventory = new Inventory(config, layouts, members);
    }

    void advance(long time) {
        now = Math.max(now, time);
    }

    /** {@link Inventory#NONE}: nobody has it, or nobody may have it any more. */
    int find(ObjectKey key) {
        int layout = layouts.find(key.layout());
        int scope =
                layout == Layouts.NONE ? Scopes.NONE : inventory.scopes.find(layout, key.epoch());
        return scope == Scopes.NONE
                ? Inventory.NONE
                : inventory.find(new Probe().of(scope, inventory.scopes.salt(scope), key.hash()));
    }

    /** Of all replicas of a tenant. */
    long bytesOf(String tenant) {
        Scopes scopes = inventory.scopes;
        long bytes = 0;
        for (int scope = 0; scope < scopes.high(); scope++) {
            if (scopes.isLive(scope)) {
                LayoutSpec spec = layouts.spec(scopes.layout(scope));
                if (spec.tenant().equals(tenant)) {
                    bytes += scopes.replicas(scope) * spec.objectBytes();
                }
            }
        }
        return bytes;
    }

    boolean isOverQuota(String tenant) {
        return quotas.has(tenant) && bytesOf(tenant) >= quotas.bytes(tenant);
    }

    void write(SnapshotWriter out) {
        out.putLong(now);
        floors.write(out);
        layouts.write(out);
        members.write(out);
        inventory.write(out);
        marks.write(out);
        removals.write(out);
        quotas.write(out);
        outbox.write(out);
    }

    void read(SnapshotReader in) {
        now = in.getLong();
        floors.read(in);
        layouts.read(in, floors);
        members.read(in);
        inventory.read(in);
        marks.read(in);
        removals.read(in);
        quotas.read(in);
        outbox.read(in);
    }

    @Override
    public void close() {
        inventory.close();
    }
}
