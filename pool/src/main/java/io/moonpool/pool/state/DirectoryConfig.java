// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/**
 * Times and bounds of a directory. All nodes of one directory have the same.
 *
 * @param seed keeps clients from aiming at one place of a table
 * @param heartbeatMs how often a member says something
 * @param timeoutMs silence after which it is suspect
 * @param lossMs silence after which objects that it shared are copied again
 * @param forgetMs silence after which its replicas are forgotten
 * @param settleMs after the first join nothing is copied for so long: the others are on their way
 * @param slowStartMs time in which a new member's share of placements grows to the full
 * @param copyMs time after which an order to copy that had no effect is given again
 */
public record DirectoryConfig(
        long seed,
        long heartbeatMs,
        long timeoutMs,
        long lossMs,
        long forgetMs,
        long settleMs,
        long slowStartMs,
        long copyMs,
        int membersMax,
        int layoutsMax,
        int marksMax,
        int tombstonesMax,
        int copiesMax,
        int sweepStep) {

    public static DirectoryConfig defaults(long seed) {
        return new DirectoryConfig(
                seed, 500, 2_000, 15_000, 600_000, 10_000, 60_000, 30_000, 65_000, 65_536, 1 << 20,
                1 << 20, 4_096, 65_536);
    }
}
