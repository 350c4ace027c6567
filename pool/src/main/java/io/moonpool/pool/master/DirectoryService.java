// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.moonpool.pool.embedded.DirectoryAccess;
import io.moonpool.pool.embedded.DirectoryHost;
import io.moonpool.pool.state.Command;
import io.moonpool.pool.state.Directory;
import io.moonpool.pool.state.DirectoryConfig;
import io.moonpool.pool.state.DrainProgress;
import io.moonpool.pool.state.Joined;
import io.moonpool.pool.state.Locations;
import io.moonpool.pool.state.Removed;
import io.moonpool.proto.v1.ChangeBatch;
import io.moonpool.proto.v1.ChangeReply;
import io.moonpool.proto.v1.DirectoryGrpc;
import io.moonpool.proto.v1.DrainReply;
import io.moonpool.proto.v1.DrainRequest;
import io.moonpool.proto.v1.JoinReply;
import io.moonpool.proto.v1.JoinRequest;
import io.moonpool.proto.v1.LocateReply;
import io.moonpool.proto.v1.LocateRequest;
import io.moonpool.proto.v1.MarkReply;
import io.moonpool.proto.v1.MarkRequest;
import io.moonpool.proto.v1.MembersReply;
import io.moonpool.proto.v1.MembersRequest;
import io.moonpool.proto.v1.PlaceReply;
import io.moonpool.proto.v1.PlaceRequest;
import io.moonpool.proto.v1.RemoveAllReply;
import io.moonpool.proto.v1.RemoveAllRequest;
import io.moonpool.proto.v1.RemoveReply;
import io.moonpool.proto.v1.RemoveRequest;
import io.moonpool.proto.v1.ReportReply;
import io.moonpool.proto.v1.ReportRequest;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The directory over gRPC: translates, and lets the directory's thread answer. */
public final class DirectoryService extends DirectoryGrpc.DirectoryImplBase {
    /** Methods that go on for as long as both sides like. */
    public static final Set<String> STREAMS = Set.of(DirectoryGrpc.SERVICE_NAME + "/Changes");

    private static final int ID_BYTES = 16;
    private static final int SPARE_CANDIDATES = 2;

    private final DirectoryHost host;
    private final DirectoryConfig config;
    private final byte[] directoryId = new byte[ID_BYTES];
    private final MemberStreams streams;
    private final HotObjects hot;

    /** Used by the directory's thread alone. */
    private final Locations locations = new Locations();

    private final SplittableRandom chance;

    /** {@code config} is the host's. Takes the host's orders from now on. */
    public DirectoryService(DirectoryHost host, DirectoryConfig config) {
        this.host = host;
        this.config = config;
        SecureRandom random = new SecureRandom();
        random.nextBytes(directoryId);
        this.chance = new SplittableRandom(random.nextLong());
        this.hot = new HotObjects(random.nextLong());
        this.streams = new MemberStreams();
        host.receiveOrders(streams);
    }

    @Override
    public void join(JoinRequest request, StreamObserver<JoinReply> observer) {
        command(
                observer,
                () -> Requests.join(request),
                (join, directory, now) -> directory.join(join.at(now)),
                this::reply);
    }

    private JoinReply reply(Joined joined) {
        return Replies.joined(joined, directoryId, config);
    }

    @Override
    public StreamObserver<ChangeBatch> changes(StreamObserver<ChangeReply> observer) {
        return streams.open(
                host, (ServerCallStreamObserver<ChangeReply>) observer, directoryId.clone());
    }

    @Override
    public void locate(LocateRequest request, StreamObserver<LocateReply> observer) {
        command(
                observer,
                () -> Requests.locate(request),
                (asked, directory, now) -> {
                    directory.locate(
                            asked.layout(),
                            asked.epoch(),
                            asked.hashes(),
                            0,
                            asked.count(),
                            asked.asking(),
                            locations);
                    hot.observe(asked, locations, directory, now);
                    return Replies.located(locations, directory);
                },
                Function.identity());
    }

    @Override
    public void place(PlaceRequest request, StreamObserver<PlaceReply> observer) {
        command(
                observer,
                () -> Requests.place(request),
                (asked, directory, now) ->
                        Replies.placed(
                                directory.place(asked.query(chance.nextLong(), SPARE_CANDIDATES)),
                                directory),
                Function.identity());
    }

    @Override
    public void report(ReportRequest request, StreamObserver<ReportReply> observer) {
        command(
                observer,
                () -> Requests.report(request),
                (report, directory, now) -> {
                    report.apply(directory, now);
                    return ReportReply.getDefaultInstance();
                },
                Function.identity());
    }

    @Override
    public void members(MembersRequest request, StreamObserver<MembersReply> observer) {
        CompletableFuture<MembersReply> answer =
                host.query(directory ->
                        Replies.members(directory.members(), directory.totals().objects()));
        Answers.send(answer, observer);
    }

    @Override
    public void drain(DrainRequest request, StreamObserver<DrainReply> observer) {
        CompletableFuture<DrainProgress> progress =
                host.command((directory, now) ->
                        request.getCancel()
                                ? directory.cancel(
                                        new Command.CancelDrain(now, request.getMember()))
                                : directory.drain(
                                        new Command.Drain(
                                                now,
                                                request.getMember(),
                                                List.copyOf(request.getTargetsList()))));
        Answers.send(progress.thenApply(Replies::drain), observer);
    }

    @Override
    public void removeAll(RemoveAllRequest request, StreamObserver<RemoveAllReply> observer) {
        CompletableFuture<Removed> removed =
                host.command((directory, now) ->
                        directory.removeAll(new Command.RemoveAll(now, request.getTenant())));
        Answers.send(
                removed.thenApply(
                        answer -> RemoveAllReply.newBuilder().setRemoved(answer.objects()).build()),
                observer);
    }

    @Override
    public void remove(RemoveRequest request, StreamObserver<RemoveReply> observer) {
        command(
                observer,
                () -> Requests.keys(request.getLayout(), request.getEpoch(), request.getHashes()),
                (keys, directory, now) ->
                        directory.remove(new Command.Remove(now, keys, request.getForce())),
                removed ->
                        RemoveReply.newBuilder()
                                .setRemoved(removed.objects())
                                .setPinned(removed.pinned())
                                .build());
    }

    @Override
    public void mark(MarkRequest request, StreamObserver<MarkReply> observer) {
        command(
                observer,
                () -> Requests.keys(request.getLayout(), request.getEpoch(), request.getHashes()),
                (keys, directory, now) -> {
                    directory.mark(Requests.mark(request, keys, now));
                    return MarkReply.getDefaultInstance();
                },
                Function.identity());
    }

    @FunctionalInterface
    private interface Parse<Q> {
        Q parse();
    }

    @FunctionalInterface
    private interface Work<Q, T> {
        T apply(Q asked, Directory directory, long now);
    }

    /** What is malformed never reaches the directory's thread. */
    private <Q, T, R> void command(
            StreamObserver<R> observer, Parse<Q> parse, Work<Q, T> work, Function<T, R> reply) {
        Q asked;
        try {
            asked = parse.parse();
        } catch (RuntimeException e) {
            observer.onError(Answers.status(e));
            return;
        }
        DirectoryAccess.TimedCommand<T> command =
                (directory, now) -> work.apply(asked, directory, now);
        Answers.send(host.command(command).thenApply(reply), observer);
    }
}
