// SPDX-License-Identifier: Apache-2.0
package io.moonpool.bench.transfer;

import io.moonpool.transfer.spi.Access;
import io.moonpool.transfer.spi.Token;
import io.moonpool.transfer.spi.TransportListener;
import io.moonpool.transfer.tcp.Endpoints;
import io.moonpool.transfer.tcp.TcpSettings;
import io.moonpool.transfer.tcp.TcpTransport;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Remote reads through the transport and through plain blocking sockets, in turns in one run.
 *
 * <pre>
 * TransferPlain server HOST:PORT        the transport there, plain sockets at PORT + 1
 * TransferPlain client HOST:PORT [rounds]
 * </pre>
 *
 * The client prints a line for each round, separated by tabs: bytes of an object, objects a batch,
 * connections, gigabytes a second of the transport and of the plain sockets; and after the rounds
 * of a case, behind a #, the same with medians and the median of the rounds' ratios.
 */
public final class TransferPlain {
    static final Token TOKEN = Token.of("bench-of-transfe".getBytes(StandardCharsets.US_ASCII));
    static final String SEGMENT = "arena";

    private static final long ARENA_BYTES = 256L << 20;
    private static final long SAMPLE_BYTES = 256L << 20;
    private static final int SINGLES_MAX = 512;
    private static final int ROUNDS = 15;

    /** What one line of the table is about. */
    private record Case(long bytes, int pieces, int connections) {
        long perRead() {
            return bytes * pieces;
        }

        int reads() {
            return (int) Math.min(SINGLES_MAX, SAMPLE_BYTES / perRead());
        }
    }

    private TransferPlain() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2) {
            System.err.println("usage: TransferPlain server|client HOST:PORT [rounds]");
            System.exit(2);
        }
        InetSocketAddress address = Endpoints.resolve(List.of(arguments[1])).getFirst();
        InetSocketAddress plain =
                new InetSocketAddress(address.getAddress(), address.getPort() + 1);
        MemorySegment arena = arena();
        if (arguments[0].equals("server")) {
            serve(address, plain, arena);
        } else {
            int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : ROUNDS;
            measureAll(address, plain, arena, rounds);
        }
    }

    private static void serve(
            InetSocketAddress address, InetSocketAddress plain, MemorySegment arena)
            throws Exception {
        TcpSettings settings = TcpSettings.of(TOKEN).listeningOn(address);
        try (TcpTransport transport = TcpTransport.start(settings, TransportListener.NONE)) {
            transport.register(SEGMENT, arena, Access.READ);
            PlainServer.start(plain, arena);
            System.out.println("listening");
            Thread.currentThread().join();
        }
    }

    private static void measureAll(
            InetSocketAddress address, InetSocketAddress plain, MemorySegment arena, int rounds)
            throws Exception {
        for (int connections = 1; connections <= 2; connections++) {
            try (OurClient ours = new OurClient(address, connections, arena);
                    PlainClient theirs = new PlainClient(plain, connections, arena)) {
                for (Case each : cases(connections)) {
                    measure(each, ours, theirs, rounds);
                }
            }
        }
    }

    private static List<Case> cases(int connections) {
        List<Case> cases = new ArrayList<>();
        for (long bytes : new long[] {64 << 10, 1 << 20, 16 << 20}) {
            cases.add(new Case(bytes, 1, connections));
            cases.add(new Case(bytes, bytes < 16 << 20 ? 16 : 4, connections));
        }
        return cases;
    }

    private static void measure(Case of, Reader ours, Reader theirs, int rounds) throws Exception {
        sample(of, ours);
        sample(of, theirs);
        double[] our = new double[rounds];
        double[] their = new double[rounds];
        double[] ratio = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            boolean first = round % 2 == 0;
            our[round] = first ? sample(of, ours) : 0;
            their[round] = sample(of, theirs);
            our[round] = first ? our[round] : sample(of, ours);
            ratio[round] = our[round] / their[round];
            System.out.println(line(of, our[round], their[round]));
        }
        System.out.println("# " + line(of, median(our), median(their)) + "\t" + median(ratio));
    }

    private static String line(Case of, double our, double their) {
        return String.format(
                Locale.ROOT,
                "%d\t%d\t%d\t%.3f\t%.3f",
                of.bytes,
                of.pieces,
                of.connections,
                our,
                their);
    }

    /** Gigabytes a second. */
    private static double sample(Case of, Reader reader) throws Exception {
        long began = System.nanoTime();
        long offset = 0;
        for (int i = 0; i < of.reads(); i++) {
            reader.read(offset, of.bytes, of.pieces);
            offset = offset + 2 * of.perRead() > ARENA_BYTES ? 0 : offset + of.perRead();
        }
        return (double) of.reads() * of.perRead() / (System.nanoTime() - began);
    }

    private static double median(double[] values) {
        double[] ordered = values.clone();
        Arrays.sort(ordered);
        return ordered[ordered.length / 2];
    }

    /** As a sidecar's: mapped from a file in memory, every page touched. */
    private static MemorySegment arena() throws IOException {
        Path folder = Path.of("/dev/shm");
        Path file =
                Files.createTempFile(
                        Files.isDirectory(folder) ? folder : Path.of(""), "moonpool-bench-", "");
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment arena =
                    channel.map(FileChannel.MapMode.READ_WRITE, 0, ARENA_BYTES, Arena.global());
            arena.fill((byte) 1);
            return arena;
        } finally {
            Files.delete(file);
        }
    }
}
