// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

/** Why something that was wanted from other members did not come. */
public enum FetchLoss {
    /** The directory did not say in time who has blocks. */
    DIRECTORY_SILENT,
    /** A member did not answer, or could not be reached. */
    OWNER_SILENT,
    /** A member no longer had blocks that the directory named it for. */
    NOT_THERE,
    /** A transport could not bring the bytes. */
    READ_FAILED,
    /** Bytes came that are not the ones their owner committed. */
    WRONG_BYTES,
    /** A fault of this program. */
    BUG
}
