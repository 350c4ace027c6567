// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/**
 * Who may share bytes.
 *
 * @param digest 32 bytes, the identity
 * @param label for people
 * @param privateToEngine the client could not determine everything that decides a block's bytes
 * @param sharingKey the canonical JSON without what describes block hashes: two namespaces of one
 *     tenant with equal sharing keys and unequal digests fail to share for their hashes only, which
 *     is worth a warning; empty: unknown
 */
public record NamespaceSpec(
        byte[] digest, String label, boolean privateToEngine, String sharingKey) {}
