// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.Arrays;

/** The hash that an engine gives a block of known tokens: engines that differ here can't share. */
public record HashVector(String algorithm, int hashBytes, int blockTokens, byte[] hash) {

    @Override
    public boolean equals(Object other) {
        return other instanceof HashVector that
                && algorithm.equals(that.algorithm)
                && hashBytes == that.hashBytes
                && blockTokens == that.blockTokens
                && Arrays.equals(hash, that.hash);
    }

    @Override
    public int hashCode() {
        return 31 * algorithm.hashCode() + Arrays.hashCode(hash);
    }
}
