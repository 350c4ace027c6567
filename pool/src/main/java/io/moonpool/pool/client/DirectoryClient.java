// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.client;

import io.moonpool.proto.v1.DrainReply;
import io.moonpool.proto.v1.DrainRequest;
import java.util.List;

/** What operators ask of a directory; failures are gRPC's {@code StatusRuntimeException}. */
public final class DirectoryClient implements AutoCloseable {

    private final DirectoryChannel channel;

    /** {@code address}: host:port. */
    public DirectoryClient(String address) {
        channel = new DirectoryChannel(address);
    }

    /** Begins to move everything away from a member, and tells how far that is. */
    public DrainReply drain(String member, List<String> targets) {
        return channel.calls.drain(
                DrainRequest.newBuilder().setMember(member).addAllTargets(targets).build());
    }

    public DrainReply cancelDrain(String member) {
        return channel.calls.drain(
                DrainRequest.newBuilder().setMember(member).setCancel(true).build());
    }

    @Override
    public void close() {
        channel.close();
    }
}
