// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import com.google.protobuf.ByteString;
import io.moonpool.proto.v1.AttachReply;
import io.moonpool.proto.v1.FileDescription;
import io.moonpool.proto.v1.FileKind;
import io.moonpool.proto.v1.ProtocolVersion;
import io.moonpool.sidecar.store.GrantedFile;
import io.moonpool.sidecar.store.SessionGrant;

/** Turns what the store granted into the reply. */
final class AttachWriter {
    private AttachWriter() {}

    static AttachReply write(SessionGrant grant, byte[] ticket, String descriptorSocket) {
        return AttachReply.newBuilder()
                .setProtocol(
                        ProtocolVersion.newBuilder()
                                .setMajor(AttachReader.MAJOR)
                                .setMinor(AttachReader.MINOR))
                .setSessionId(grant.sessionId())
                .setEngineIndex(grant.engineIndex())
                .setEpoch(grant.epoch())
                .setBootId(ByteString.copyFrom(grant.bootId()))
                .setTicket(ByteString.copyFrom(ticket))
                .setDescriptorSocket(descriptorSocket)
                .addAllFiles(grant.files().stream().map(AttachWriter::file).toList())
                .setDoorbellTag(grant.doorbellTag())
                .addAllWarnings(grant.warnings())
                .addAllLostJobIds(grant.lostJobIds())
                .setLookupDeadlineMs(grant.lookupDeadlineMs())
                .setVerifyBytesPerSecond(grant.verifyBytesPerSecond())
                .setLeaseBudgetBytes(grant.leaseBudgetBytes())
                .build();
    }

    private static FileDescription file(GrantedFile granted) {
        FileKind kind =
                switch (granted.kind()) {
                    case SESSION -> FileKind.FILE_KIND_SESSION;
                    case HEADERS -> FileKind.FILE_KIND_HEADERS;
                    case ARENA -> FileKind.FILE_KIND_ARENA;
                    case DOORBELL -> FileKind.FILE_KIND_DOORBELL;
                };
        return FileDescription.newBuilder()
                .setKind(kind)
                .setBytes(granted.file().bytes())
                .setFileId(ByteString.copyFrom(granted.file().id().toBytes()))
                .build();
    }
}
