// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.protobuf.ByteString;

/** What members say of a run of hashes: bit i of byte i/8, the lowest first, speaks of hash i. */
final class Bitmap {

    private Bitmap() {}

    /** A bitmap that is too short says no. */
    static boolean has(ByteString bitmap, int index) {
        return index / 8 < bitmap.size() && (bitmap.byteAt(index / 8) >> index % 8 & 1) != 0;
    }
}
