// SPDX-License-Identifier: Apache-2.0
package io.moonpool.bench.peers;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.linecorp.armeria.common.util.DomainSocketAddress;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * A gRPC server on a Unix socket, or at an address, that answers a lookup-sized request with a
 * lookup-sized reply, and does nothing else: the best that a unary call can do with this payload.
 *
 * <p>Arguments: socket path or host:port, reply bytes.
 */
public final class GrpcPeer {
    private static final String SERVICE = "moonpool.bench.Peer";

    private GrpcPeer() {}

    public static void main(String[] arguments) {
        ByteString payload = ByteString.copyFrom(new byte[Integer.parseInt(arguments[1])]);
        Server server =
                Server.builder()
                        .http(address(arguments[0]))
                        .service(GrpcService.builder().addService(echo(payload)).build())
                        .build();
        server.start().join();
        System.out.println("ready");
        server.whenClosed().join();
    }

    private static InetSocketAddress address(String told) {
        int colon = told.lastIndexOf(':');
        return colon < 0
                ? DomainSocketAddress.of(Path.of(told))
                : new InetSocketAddress(
                        told.substring(0, colon), Integer.parseInt(told.substring(colon + 1)));
    }

    private static ServerServiceDefinition echo(ByteString payload) {
        BytesValue reply = BytesValue.of(payload);
        MethodDescriptor<BytesValue, BytesValue> lookup =
                MethodDescriptor.<BytesValue, BytesValue>newBuilder()
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName(
                                MethodDescriptor.generateFullMethodName(SERVICE, "Lookup"))
                        .setRequestMarshaller(
                                ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
                        .setResponseMarshaller(
                                ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
                        .build();
        return ServerServiceDefinition.builder(SERVICE)
                .addMethod(
                        lookup,
                        ServerCalls.asyncUnaryCall((request, observer) -> {
                            observer.onNext(reply);
                            observer.onCompleted();
                        }))
                .build();
    }
}
