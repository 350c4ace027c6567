// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.rpc;

import io.moonpool.pool.log.LogLimiter;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns away who does not speak gRPC, and names it in the log: one line of a kind a minute. */
final class Door {
    private static final Logger LOG = LoggerFactory.getLogger(Door.class);
    private static final int LINES_PER_MINUTE = 1;

    private final Map<Caller, LogLimiter> limiters = new EnumMap<>(Caller.class);
    private final String port;

    /** {@code port} is how the log calls this door: flag and number. */
    Door(String port) {
        this.port = port;
        for (Caller caller : Caller.values()) {
            limiters.put(caller, new LogLimiter(LINES_PER_MINUTE));
        }
    }

    /** {@code caller} UNDECIDED: it said nothing, or too little, in time. */
    void refuse(Channel channel, Caller caller) {
        String who = host(channel.remoteAddress());
        limiters.get(caller)
                .log(before ->
                        LOG.warn(
                                "{} {}, so its connection was closed; {}{}",
                                who,
                                what(caller),
                                cure(caller),
                                before == 0 ? "" : " (and " + before + " more before)"));
        channel.close();
    }

    private String what(Caller caller) {
        return switch (caller) {
            case MOONCAKE -> "speaks Mooncake's own RPC to " + port;
            case TLS -> "speaks TLS to " + port;
            case UNDECIDED -> "connected to " + port + " and said nothing";
            default -> "speaks neither gRPC nor HTTP to " + port;
        };
    }

    private static String cure(Caller caller) {
        return switch (caller) {
            case MOONCAKE ->
                    "this master serves moonpool sidecars only: on that host give the engine"
                            + " moonpool's connector (kv_connector_module_path moonpool.vllm)";
            case TLS -> "connect without TLS";
            default -> "check what is configured there";
        };
    }

    private static String host(SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet.getHostString() : "somebody";
    }
}
