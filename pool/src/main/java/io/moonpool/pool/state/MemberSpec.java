// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;

/**
 * What a member says of itself when it joins.
 *
 * @param name what people call it; two members may have the same
 * @param peerEndpoint host:port of its Peer service
 * @param capacityBytes what it gives to other members; 0: a pure client
 * @param boot grows with every start of the member
 */
public record MemberSpec(
        MemberId id,
        String name,
        String peerEndpoint,
        List<String> transferEndpoints,
        String protocol,
        long capacityBytes,
        long freeBytes,
        long boot) {

    public MemberSpec {
        transferEndpoints = List.copyOf(transferEndpoints);
    }
}
