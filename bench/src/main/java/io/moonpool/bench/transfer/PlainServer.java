// SPDX-License-Identifier: Apache-2.0
package io.moonpool.bench.transfer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Sends the ranges it is asked for: a thread for each connection, blocking calls, no checks. */
final class PlainServer {
    static final int REQUEST_BYTES = 16;

    private final MemorySegment arena;

    private PlainServer(MemorySegment arena) {
        this.arena = arena;
    }

    /** Listens when it returns, for as long as the process lives. */
    static void start(InetSocketAddress address, MemorySegment arena) throws IOException {
        PlainServer server = new PlainServer(arena);
        ServerSocketChannel door = ServerSocketChannel.open().bind(address);
        Thread.ofPlatform().daemon().name("plain-accept").start(() -> server.accept(door));
    }

    private void accept(ServerSocketChannel door) {
        while (true) {
            try {
                SocketChannel guest = door.accept();
                guest.setOption(StandardSocketOptions.TCP_NODELAY, true);
                Thread.ofPlatform().daemon().name("plain-serve").start(() -> serve(guest));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void serve(SocketChannel guest) {
        ByteBuffer request = ByteBuffer.allocateDirect(REQUEST_BYTES);
        try (guest) {
            while (true) {
                request.clear();
                while (request.hasRemaining()) {
                    if (guest.read(request) < 0) {
                        return;
                    }
                }
                ByteBuffer range =
                        arena.asSlice(request.getLong(0), request.getLong(8)).asByteBuffer();
                while (range.hasRemaining()) {
                    guest.write(range);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
