// SPDX-License-Identifier: Apache-2.0
package io.moonpool.bench.transfer;

/** Reads neighbouring objects of a remote arena into the same place of the local one. */
@FunctionalInterface
interface Reader {
    void read(long offset, long length, int pieces) throws Exception;
}
