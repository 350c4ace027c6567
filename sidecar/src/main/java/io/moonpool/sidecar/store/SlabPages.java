// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/** Makes the header pages of a slab real before the first of them is written. */
@FunctionalInterface
interface SlabPages {

    /** False when there is no memory for them: then the slab can't be used now. */
    boolean allocate(int slab, int slots);
}
