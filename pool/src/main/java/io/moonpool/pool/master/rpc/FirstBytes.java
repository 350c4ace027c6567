// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.rpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Holds back what a new connection says until it is clear who speaks; then lets it through and
 * leaves, or has it refused.
 */
final class FirstBytes extends ChannelInboundHandlerAdapter {
    private static final long DECISION_S = 5;

    private final Door door;
    private ByteBuf held = Unpooled.EMPTY_BUFFER;
    private Future<?> deadline;
    private boolean refused;

    FirstBytes(Door door) {
        this.door = door;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        deadline =
                context.executor()
                        .schedule(
                                () -> refuse(context, Caller.UNDECIDED),
                                DECISION_S,
                                TimeUnit.SECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (refused || !(message instanceof ByteBuf bytes)) {
            ReferenceCountUtil.release(message);
            return;
        }
        held = Unpooled.wrappedBuffer(held, bytes);
        byte[] first = new byte[Math.min(held.readableBytes(), Caller.BYTES_MAX)];
        held.getBytes(held.readerIndex(), first);
        switch (Caller.of(first, first.length)) {
            case UNDECIDED -> context.read();
            case HTTP -> letIn(context);
            case Caller other -> refuse(context, other);
        }
    }

    private void letIn(ChannelHandlerContext context) {
        ByteBuf bytes = held;
        held = Unpooled.EMPTY_BUFFER;
        context.fireChannelRead(bytes);
        context.pipeline().remove(this);
    }

    private void refuse(ChannelHandlerContext context, Caller caller) {
        refused = true;
        door.refuse(context.channel(), caller);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        deadline.cancel(false);
        held.release();
    }
}
