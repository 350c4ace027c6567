// SPDX-License-Identifier: Apache-2.0
/**
 * The store: which blocks are here, where, and who may touch them. One thread ({@code StoreAgent})
 * owns all of it; the control plane talks to it through {@link
 * io.moonpool.sidecar.store.StoreControl}, clients through their rings, and checksum threads see
 * nothing but slots that are pinned or reserved.
 */
package io.moonpool.sidecar.store;
