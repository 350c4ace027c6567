// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.moonpool.pool.state.Changed;
import io.moonpool.pool.state.Directory;
import io.moonpool.pool.state.DirectoryConfig;
import io.moonpool.pool.state.DrainProgress;
import io.moonpool.pool.state.Joined;
import io.moonpool.pool.state.Locations;
import io.moonpool.pool.state.MemberSpec;
import io.moonpool.pool.state.MemberView;
import io.moonpool.proto.v1.ChangeReply;
import io.moonpool.proto.v1.DrainReply;
import io.moonpool.proto.v1.Floor;
import io.moonpool.proto.v1.JoinReply;
import io.moonpool.proto.v1.LocateReply;
import io.moonpool.proto.v1.MemberInfo;
import io.moonpool.proto.v1.MemberPlace;
import io.moonpool.proto.v1.MemberStatus;
import io.moonpool.proto.v1.MembersReply;
import io.moonpool.proto.v1.PlaceReply;
import io.moonpool.proto.v1.ProtocolVersion;
import java.util.List;
import java.util.Locale;

/** Writes what members are told. */
final class Replies {
    private static final int MAJOR = 1;
    private static final int MINOR = 0;

    private Replies() {}

    static JoinReply joined(Joined joined, byte[] directoryId, DirectoryConfig config) {
        return JoinReply.newBuilder()
                .setProtocol(ProtocolVersion.newBuilder().setMajor(MAJOR).setMinor(MINOR))
                .setMember(joined.member())
                .setDirectoryId(ByteString.copyFrom(directoryId))
                .setHeartbeatMs((int) config.heartbeatMs())
                .setTimeoutMs((int) config.timeoutMs())
                .addAllFloors(floors(joined.floors()))
                .addAllWarnings(joined.warnings())
                .build();
    }

    private static List<Floor> floors(List<io.moonpool.pool.state.Floor> floors) {
        return floors.stream()
                .map(floor ->
                        Floor.newBuilder()
                                .setTenant(floor.tenant())
                                .setNamespaceDigest(ByteString.copyFrom(floor.namespace().bytes()))
                                .setEpoch(floor.epoch())
                                .build())
                .toList();
    }

    static ChangeReply.Builder changed(Changed changed) {
        return ChangeReply.newBuilder()
                .setAppliedSequence(changed.appliedSequence())
                .setAnnounceAgain(changed.announceAgain())
                .addAllFloors(floors(changed.floors()))
                .setRemoval(changed.removal());
    }

    static LocateReply located(Locations locations, Directory directory) {
        byte[] places = new byte[locations.count() * Locations.REPLICAS * Short.BYTES];
        int at = 0;
        for (int object = 0; object < locations.count(); object++) {
            for (int replica = 0; replica < Locations.REPLICAS; replica++) {
                int place = locations.place(object, replica);
                places[at++] = (byte) place;
                places[at++] = (byte) (place >>> Byte.SIZE);
            }
        }
        LocateReply.Builder reply =
                LocateReply.newBuilder()
                        .setPlaces(UnsafeByteOperations.unsafeWrap(places))
                        .setReplicas(Locations.REPLICAS)
                        .setUnknownLayout(locations.isUnknownLayout());
        for (int i = 0; i < locations.memberCount(); i++) {
            reply.addMembers(place(locations.member(i), directory));
        }
        return reply.build();
    }

    static PlaceReply placed(List<Integer> members, Directory directory) {
        PlaceReply.Builder reply = PlaceReply.newBuilder();
        members.forEach(member -> reply.addMembers(place(member, directory)));
        return reply.build();
    }

    /** Without an address if it is gone by now. */
    static MemberPlace place(int member, Directory directory) {
        MemberPlace.Builder place = MemberPlace.newBuilder().setMember(member);
        directory
                .member(member)
                .map(MemberView::spec)
                .ifPresent(spec ->
                        place.setId(ByteString.copyFrom(spec.id().bytes()))
                                .setName(spec.name())
                                .setPeerEndpoint(spec.peerEndpoint())
                                .addAllTransferEndpoints(spec.transferEndpoints()));
        return place.build();
    }

    static MembersReply members(List<MemberView> members, long objects) {
        MembersReply.Builder reply = MembersReply.newBuilder().setObjects(objects);
        for (MemberView member : members) {
            reply.addMembers(
                    MemberStatus.newBuilder()
                            .setMember(member.member())
                            .setInfo(info(member.spec()))
                            .setState(member.state().name().toLowerCase(Locale.ROOT))
                            .setObjects(member.objects())
                            .setUsedBytes(member.memoryBytes())
                            .setSsdBytes(member.ssdBytes()));
        }
        return reply.build();
    }

    private static MemberInfo info(MemberSpec spec) {
        return MemberInfo.newBuilder()
                .setId(ByteString.copyFrom(spec.id().bytes()))
                .setName(spec.name())
                .setPeerEndpoint(spec.peerEndpoint())
                .addAllTransferEndpoints(spec.transferEndpoints())
                .setProtocol(spec.protocol())
                .setCapacityBytes(spec.capacityBytes())
                .setFreeBytes(spec.freeBytes())
                .setBoot(spec.boot())
                .build();
    }

    static DrainReply drain(DrainProgress progress) {
        return DrainReply.newBuilder()
                .setState(progress.state().name().toLowerCase(Locale.ROOT))
                .setObjectsLeft(progress.objectsLeft())
                .setObjectsMoved(progress.objectsMoved())
                .setObjectsDropped(progress.objectsDropped())
                .setBytesMoved(progress.bytesMoved())
                .build();
    }
}
