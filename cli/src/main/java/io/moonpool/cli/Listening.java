// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import io.moonpool.pool.master.flags.MasterConfig.Listener;
import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.function.ToIntFunction;

/** Opens ports, and says in words of the command line why one can't be had. */
final class Listening {
    private static final String IN_USE = "in use";

    private Listening() {}

    /**
     * Tries a port before anything else is opened: whoever starts a second master is told of the
     * port, and not of what else it collides with.
     */
    static void check(Listener listener) throws ConfigException, PortTaken {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(address(listener));
        } catch (IOException e) {
            if (isTaken(e)) {
                throw new PortTaken(listener, e);
            }
            throw unusable(listener, e);
        }
    }

    /** Returns the port that was had. */
    static int open(Listener listener, ToIntFunction<InetSocketAddress> start)
            throws ConfigException, PortTaken {
        try {
            return start.applyAsInt(address(listener));
        } catch (CompletionException e) {
            if (isTaken(e.getCause())) {
                throw new PortTaken(listener, e);
            }
            throw unusable(listener, e.getCause());
        }
    }

    private static boolean isTaken(Throwable failure) {
        // Netty's native transport has an exception of its own, with the kernel's words.
        return failure instanceof IOException
                && String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT).contains(IN_USE);
    }

    private static InetSocketAddress address(Listener listener) throws ConfigException {
        InetSocketAddress address = new InetSocketAddress(listener.host(), listener.port());
        if (address.isUnresolved()) {
            throw unusable(listener, new UnresolvedAddressException());
        }
        return address;
    }

    private static ConfigException unusable(Listener listener, Throwable failure) {
        boolean port = failure instanceof BindException && failure.getMessage().contains("denied");
        return port
                ? ConfigException.of(
                        setting(listener.portFlag(), Integer.toString(listener.port())),
                        "may be bound by root alone; name a port above 1023")
                : ConfigException.of(
                        setting(listener.hostFlag(), listener.host()),
                        "can't be listened at (%s); name an address of this host"
                                .formatted(failure));
    }

    private static Setting setting(String flag, String value) {
        return new Setting(flag, value, Setting.COMMAND_LINE);
    }
}
