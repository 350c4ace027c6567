// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import com.google.protobuf.ByteString;
import io.moonpool.proto.v1.AttachRequest;
import io.moonpool.proto.v1.GroupKind;
import io.moonpool.proto.v1.HashVector;
import io.moonpool.proto.v1.KvGroup;
import io.moonpool.proto.v1.Namespace;
import io.moonpool.proto.v1.ProtocolVersion;
import io.moonpool.proto.v1.Role;
import io.moonpool.proto.v1.Shard;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Attach messages as a well-behaved engine sends them; tests spoil one field. */
public final class Requests {
    private Requests() {}

    public static AttachRequest.Builder scheduler(String engine) {
        String json = "{\"hash\":[\"sha256\",32,16,\"00\"],\"model\":\"tiny\"}";
        return AttachRequest.newBuilder()
                .setProtocol(ProtocolVersion.newBuilder().setMajor(1))
                .setClient("test 1.0")
                .setEngineId(engine)
                .setRole(Role.ROLE_SCHEDULER)
                .setPid((int) ProcessHandle.current().pid())
                .setWorldSize(1)
                .setNamespace(
                        Namespace.newBuilder()
                                .setCanonicalJson(json)
                                .setDigest(ByteString.copyFrom(sha256(json)))
                                .setLabel("tiny"))
                .setHashVector(
                        HashVector.newBuilder()
                                .setAlgorithm("sha256")
                                .setHashBytes(32)
                                .setBlockTokens(16)
                                .setHash(ByteString.copyFrom(new byte[32])))
                .addGroups(
                        KvGroup.newBuilder()
                                .setGroup(0)
                                .setKind(GroupKind.GROUP_KIND_FULL)
                                .setBlockTokens(16)
                                .addShards(
                                        Shard.newBuilder()
                                                .setLayerCount(2)
                                                .setHeadCount(4)
                                                .setSlotBytes(8192)));
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
