// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import io.moonpool.pool.client.DirectoryLink;
import io.moonpool.pool.client.PeerCalls;
import io.moonpool.proto.v1.LocateReply;
import io.moonpool.proto.v1.LocateRequest;
import io.moonpool.proto.v1.MemberPlace;
import io.moonpool.proto.v1.PlaceReply;
import io.moonpool.proto.v1.PlaceRequest;
import io.moonpool.proto.v1.TakeReply;
import io.moonpool.proto.v1.TakeRequest;
import io.moonpool.sidecar.store.LayoutInfo;
import io.moonpool.sidecar.store.Listing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Has other members take copies of objects of this one. They read, this one only asks: a target
 * that declines, or dies, leaves everything as it was.
 */
final class Relocation {

    private static final int HASH_BYTES = 32;

    /** Asked for in one call. */
    private static final int OBJECTS_MAX = 256;

    /** Targets tried for one call's objects. */
    private static final int ATTEMPTS = 3;

    private static final long PLACE_NANOS = 1_000_000_000L;
    private static final int TAKE_MILLIS = 10_000;

    /** What was taken is published at once; what is not known by then stays for later. */
    private static final int KNOWN_ATTEMPTS = 50;

    private static final long KNOWN_PAUSE_MILLIS = 5;

    private final DirectoryLink directory;
    private final PeerCalls peers;
    private final MemberPlace self;
    private final String preferred;

    /** {@code preferred}: the name of the member that users want things on; empty: any. */
    Relocation(DirectoryLink directory, PeerCalls peers, MemberPlace self, String preferred) {
        this.directory = directory;
        this.peers = peers;
        this.self = self;
        this.preferred = preferred;
    }

    /**
     * Copies to wherever there is room; returns the hashes of those that readers find there now, so
     * that they may be let go here.
     */
    byte[] spread(Listing.Run run) throws InterruptedException {
        return inCalls(run, some -> known(some, spreadSome(some)));
    }

    /** Those that the directory has been told of; until then a reader would find nobody. */
    private byte[] known(Listing.Run run, byte[] copied) throws InterruptedException {
        byte[] left = copied;
        byte[] known = new byte[0];
        for (int i = 0; i < KNOWN_ATTEMPTS && left.length > 0; i++) {
            byte[] found = located(new Listing.Run(run.layout(), run.epoch(), left));
            known = append(known, found);
            left = without(left, found);
            if (left.length > 0) {
                TimeUnit.MILLISECONDS.sleep(KNOWN_PAUSE_MILLIS);
            }
        }
        return known;
    }

    /** Those that somebody else has, as far as the directory knows; in their order. */
    private byte[] located(Listing.Run run) {
        LocateReply reply =
                directory.locate(
                        LocateRequest.newBuilder()
                                .setLayout(ByteString.copyFrom(run.layout().digest()))
                                .setEpoch(run.epoch())
                                .setHashes(ByteString.copyFrom(run.hashes())),
                        PLACE_NANOS);
        if (reply == null) {
            return new byte[0];
        }
        BitSet somewhere = Places.of(reply, run.hashes().length / HASH_BYTES).somewhere();
        return marked(run.hashes(), ByteString.copyFrom(somewhere.toByteArray()));
    }

    /** Copies to this member; returns the hashes of those that are there now. */
    byte[] copyTo(MemberPlace target, Listing.Run run) throws InterruptedException {
        return inCalls(run, some -> take(target, some));
    }

    private interface Call {
        byte[] of(Listing.Run some) throws InterruptedException;
    }

    private static byte[] inCalls(Listing.Run run, Call call) throws InterruptedException {
        byte[] copied = new byte[0];
        int step = OBJECTS_MAX * HASH_BYTES;
        for (int at = 0; at < run.hashes().length; at += step) {
            byte[] part =
                    Arrays.copyOfRange(run.hashes(), at, Math.min(run.hashes().length, at + step));
            copied = append(copied, call.of(new Listing.Run(run.layout(), run.epoch(), part)));
        }
        return copied;
    }

    private byte[] spreadSome(Listing.Run run) throws InterruptedException {
        List<Integer> declined = new ArrayList<>();
        byte[] left = run.hashes();
        byte[] copied = new byte[0];
        for (int i = 0; i < ATTEMPTS && left.length > 0; i++) {
            MemberPlace target = place(run.layout(), left.length / HASH_BYTES, declined);
            if (target == null) {
                break;
            }
            byte[] taken = take(target, new Listing.Run(run.layout(), run.epoch(), left));
            copied = append(copied, taken);
            left = without(left, taken);
            declined.add(target.getMember());
        }
        return copied;
    }

    private MemberPlace place(LayoutInfo layout, int objects, List<Integer> excluded) {
        PlaceReply reply =
                directory.place(
                        PlaceRequest.newBuilder()
                                .setLayout(ByteString.copyFrom(layout.digest()))
                                .setObjects(objects)
                                .setReplicas(1)
                                .setPreferred(preferred)
                                .setObjectBytes(layout.payloadBytes())
                                .setTenant(layout.tenant())
                                .addAllExcluded(excluded),
                        PLACE_NANOS);
        return reply == null || reply.getMembersCount() == 0 ? null : reply.getMembers(0);
    }

    private byte[] take(MemberPlace target, Listing.Run run) throws InterruptedException {
        ListenableFuture<TakeReply> call =
                peers.take(
                        target.getPeerEndpoint(),
                        TakeRequest.newBuilder()
                                .setLayout(Layouts.written(run.layout()))
                                .setEpoch(run.epoch())
                                .setHashes(ByteString.copyFrom(run.hashes()))
                                .setSource(self)
                                .setDeadlineMs(TAKE_MILLIS)
                                .build());
        try {
            TakeReply reply = call.get(2L * TAKE_MILLIS, TimeUnit.MILLISECONDS);
            return marked(run.hashes(), reply.getTaken());
        } catch (ExecutionException | TimeoutException e) {
            call.cancel(true);
            return new byte[0];
        }
    }

    private static byte[] marked(byte[] hashes, ByteString bitmap) {
        byte[] taken = new byte[hashes.length];
        int bytes = 0;
        for (int i = 0; i < hashes.length / HASH_BYTES; i++) {
            if (Bitmap.has(bitmap, i)) {
                System.arraycopy(hashes, i * HASH_BYTES, taken, bytes, HASH_BYTES);
                bytes += HASH_BYTES;
            }
        }
        return Arrays.copyOf(taken, bytes);
    }

    /** Both in the same order. */
    private static byte[] without(byte[] hashes, byte[] taken) {
        byte[] left = new byte[hashes.length - taken.length];
        int next = 0;
        int kept = 0;
        for (int at = 0; at < hashes.length; at += HASH_BYTES) {
            boolean gone =
                    next < taken.length
                            && Arrays.equals(
                                    hashes, at, at + HASH_BYTES, taken, next, next + HASH_BYTES);
            if (gone) {
                next += HASH_BYTES;
            } else {
                System.arraycopy(hashes, at, left, kept, HASH_BYTES);
                kept += HASH_BYTES;
            }
        }
        return left;
    }

    private static byte[] append(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
