// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The namespaces that were seen in this life, by tenant and digest: two tenants never meet,
 * whatever digests they claim.
 */
final class NamespaceTable {

    static final int NAMESPACES_MAX = 4096;

    private final EpochLedger ledger;
    private final List<Namespace> namespaces = new ArrayList<>();

    NamespaceTable(EpochLedger ledger) {
        this.ledger = ledger;
    }

    Namespace intern(TenantArena arena, byte[] digest) {
        for (Namespace namespace : namespaces) {
            if (namespace.arena == arena && Arrays.equals(namespace.digest, digest)) {
                return namespace;
            }
        }
        if (namespaces.size() == NAMESPACES_MAX) {
            throw new StoreRefusal(
                    StoreRefusal.Code.EXHAUSTED,
                    "namespace: the sidecar has seen "
                            + NAMESPACES_MAX
                            + " of them; restart it to forget the unused");
        }
        long epoch = ledger.epoch(arena.tenant, digest);
        Namespace made = new Namespace(namespaces.size(), arena, digest, epoch);
        namespaces.add(made);
        return made;
    }

    /** Of a namespace that was not seen: where its epochs begin. Waits for a disk. */
    void remember(String tenant, byte[] digest, long epoch) throws IOException {
        ledger.raise(tenant, digest, epoch);
    }

    /** The namespace, if it was seen; or null. */
    Namespace find(String tenant, byte[] digest) {
        for (Namespace namespace : namespaces) {
            if (namespace.arena.tenant.equals(tenant) && Arrays.equals(namespace.digest, digest)) {
                return namespace;
            }
        }
        return null;
    }

    /** Takes over what a client says of its namespace; the latest words win. */
    Namespace intern(TenantArena arena, NamespaceSpec spec, HashVector hashVector) {
        Namespace namespace = intern(arena, spec.digest());
        namespace.label = spec.label();
        namespace.sharingKey = spec.sharingKey();
        namespace.hashVector = hashVector;
        namespace.isPrivate = spec.privateToEngine();
        return namespace;
    }

    /** A namespace that differs from this one in its block hashes alone, or null. */
    Namespace unsharable(Namespace namespace) {
        for (Namespace other : namespaces) {
            boolean sameButHashes =
                    other != namespace
                            && other.arena == namespace.arena
                            && other.hashVector != null
                            && !namespace.sharingKey.isEmpty()
                            && other.sharingKey.equals(namespace.sharingKey)
                            && !other.hashVector.equals(namespace.hashVector);
            if (sameButHashes) {
                return other;
            }
        }
        return null;
    }

    List<Namespace> all() {
        return namespaces;
    }
}
