// SPDX-License-Identifier: Apache-2.0
package io.moonpool.bench.transfer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Blocking connections, each with a thread of its own that lives as long as they do. Every object
 * is split evenly over them; the requests of a batch go out before the first byte is awaited.
 */
final class PlainClient implements Reader, AutoCloseable {
    private final List<SocketChannel> channels = new ArrayList<>();
    private final ExecutorService others;
    private final MemorySegment target;

    PlainClient(InetSocketAddress server, int connections, MemorySegment target)
            throws IOException {
        this.target = target;
        this.others = Executors.newFixedThreadPool(Math.max(1, connections - 1));
        for (int i = 0; i < connections; i++) {
            SocketChannel channel = SocketChannel.open(server);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channels.add(channel);
        }
    }

    @Override
    public void read(long offset, long length, int pieces) throws Exception {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 1; i < channels.size(); i++) {
            int channel = i;
            running.add(
                    others.submit(() -> {
                        readShare(channel, offset, length, pieces);
                        return null;
                    }));
        }
        readShare(0, offset, length, pieces);
        for (Future<?> share : running) {
            share.get();
        }
    }

    private void readShare(int number, long offset, long length, int pieces) throws IOException {
        SocketChannel channel = channels.get(number);
        long share = length / channels.size();
        ByteBuffer requests = ByteBuffer.allocateDirect(PlainServer.REQUEST_BYTES * pieces);
        for (int i = 0; i < pieces; i++) {
            requests.putLong(offset + i * length + number * share).putLong(share);
        }
        requests.flip();
        while (requests.hasRemaining()) {
            channel.write(requests);
        }
        for (int i = 0; i < pieces; i++) {
            long at = offset + i * length + number * share;
            ByteBuffer landing = target.asSlice(at, share).asByteBuffer();
            while (landing.hasRemaining()) {
                if (channel.read(landing) < 0) {
                    throw new IOException("the plain server left");
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        others.shutdown();
        for (SocketChannel channel : channels) {
            channel.close();
        }
    }
}
