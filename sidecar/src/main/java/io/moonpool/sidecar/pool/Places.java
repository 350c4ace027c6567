// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.protobuf.ByteString;
import io.moonpool.proto.v1.LocateReply;
import io.moonpool.proto.v1.MemberPlace;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who has which blocks of one group, as the directory says. */
final class Places {

    private static final int NONE = 0xFFFF;

    private final List<MemberPlace> members;
    private final int[][] membersOf;

    private Places(List<MemberPlace> members, int[][] membersOf) {
        this.members = members;
        this.membersOf = membersOf;
    }

    static Places none(int blocks) {
        return new Places(List.of(), new int[blocks][0]);
    }

    /** All blocks at one member, should it have them. */
    static Places all(MemberPlace member, int blocks) {
        int[][] membersOf = new int[blocks][];
        Arrays.fill(membersOf, new int[] {0});
        return new Places(List.of(member), membersOf);
    }

    /** What a reply says of so many blocks; what makes no sense in it is nobody. */
    static Places of(LocateReply reply, int blocks) {
        int replicas = reply.getReplicas();
        boolean sound =
                replicas > 0 && reply.getPlaces().size() == (long) blocks * replicas * Short.BYTES;
        if (!sound) {
            return none(blocks);
        }
        ByteBuffer places = reply.getPlaces().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        int[][] membersOf = new int[blocks][];
        for (int block = 0; block < blocks; block++) {
            List<Integer> found = new ArrayList<>();
            for (int i = 0; i < replicas; i++) {
                int member = places.getShort() & NONE;
                if (member < reply.getMembersCount()) {
                    found.add(member);
                }
            }
            membersOf[block] = found.stream().mapToInt(Integer::intValue).toArray();
        }
        return new Places(reply.getMembersList(), membersOf);
    }

    /** Blocks that somebody has. */
    BitSet somewhere() {
        BitSet somewhere = new BitSet(membersOf.length);
        for (int block = 0; block < membersOf.length; block++) {
            somewhere.set(block, membersOf[block].length > 0);
        }
        return somewhere;
    }

    /**
     * For each block one member to ask that was not asked for it yet: few members with many blocks
     * each, as every member is a question more.
     */
    Map<MemberPlace, List<Integer>> assign(Set<Integer> blocks, Set<Asked> asked) {
        int[] load = new int[members.size()];
        for (int block : blocks) {
            for (int member : membersOf[block]) {
                load[member]++;
            }
        }
        Map<MemberPlace, List<Integer>> assigned = new LinkedHashMap<>();
        for (int block : blocks) {
            int best = -1;
            for (int member : membersOf[block]) {
                boolean fresh = !asked.contains(new Asked(members.get(member).getId(), block));
                if (fresh && (best < 0 || load[member] > load[best])) {
                    best = member;
                }
            }
            if (best >= 0) {
                assigned.computeIfAbsent(members.get(best), m -> new ArrayList<>()).add(block);
            }
        }
        return assigned;
    }

    /** This member was asked for this block. */
    record Asked(ByteString member, int block) {}

    static Set<Asked> nobodyAsked() {
        return new HashSet<>();
    }
}
