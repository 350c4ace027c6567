// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.moonpool.proto.v1.MemberInfo;

/** A member as the metadata server keeps it, for people and tools. */
final class MemberJson {

    private static final ObjectMapper JSON = new ObjectMapper();

    private MemberJson() {}

    static String write(MemberInfo member) {
        ObjectNode json = JSON.createObjectNode();
        json.put("name", member.getName());
        json.put("peer_endpoint", member.getPeerEndpoint());
        member.getTransferEndpointsList().forEach(json.putArray("transfer_endpoints")::add);
        json.put("protocol", member.getProtocol());
        json.put("capacity_bytes", member.getCapacityBytes());
        return json.toString();
    }
}
