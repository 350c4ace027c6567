// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress;

import io.moonpool.stress.broken.AnswerBeforePin;
import io.moonpool.stress.broken.DoorbellBeforeRecord;
import io.moonpool.stress.broken.LengthBeforeBody;
import io.moonpool.stress.broken.MarkBeforeCheck;
import io.moonpool.stress.broken.WordBeforeBody;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The quick mode, under two minutes on two cores: every test of this package must pass and every
 * broken variant must fail, or this exits with 1. Longer runs: {@code java -jar stress.jar -t
 * 'stress\.[A-Z]' -m tough}.
 *
 * <p>{@code java -cp stress.jar io.moonpool.stress.Stress <directory for the reports>}
 */
public final class Stress {
    private static final List<Class<?>> BROKEN =
            List.of(
                    AnswerBeforePin.class,
                    DoorbellBeforeRecord.class,
                    LengthBeforeBody.class,
                    MarkBeforeCheck.class,
                    WordBeforeBody.class);

    /**
     * One JVM configuration, where the second compiler moves instructions about at random as far as
     * the model lets it.
     */
    private static final String FORK_ARGUMENTS =
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED --enable-native-access=ALL-UNNAMED"
                    + " --sun-misc-unsafe-memory-access=allow -Xmx512m -XX:+UseSerialGC"
                    + " -XX:+UnlockDiagnosticVMOptions -XX:+StressLCM -XX:+StressGCM";

    private Stress() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 1) {
            System.err.println("usage: Stress <directory for the reports>");
            System.exit(2);
        }
        Path reports = Files.createDirectories(Path.of(arguments[0]));
        boolean sound = passes(reports);
        List<String> missed = missed(reports);
        System.out.println(
                "stress: sound tests " + (sound ? "passed" : "FAILED") + ", reports in " + reports);
        System.out.println(
                "stress: broken variants caught "
                        + (BROKEN.size() - missed.size())
                        + " of "
                        + BROKEN.size());
        missed.forEach(name -> System.out.println("stress: NOT caught: " + name));
        System.exit(sound && missed.isEmpty() ? 0 : 1);
    }

    private static boolean passes(Path reports) throws IOException, InterruptedException {
        return jcstress(reports, "sound", "stress\\.[A-Z]", 3).waitFor() == 0;
    }

    /** Names of broken variants that were not reported as failed. */
    private static List<String> missed(Path reports) throws IOException, InterruptedException {
        jcstress(reports, "broken", "stress\\.broken\\.", 2).waitFor();
        String output = Files.readString(reports.resolve("broken.log"), StandardCharsets.UTF_8);
        return BROKEN.stream()
                .map(Class::getName)
                .filter(name -> !output.contains("[FAILED] " + name))
                .toList();
    }

    private static Process jcstress(Path reports, String name, String tests, int iterations)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", absoluteClassPath(), "org.openjdk.jcstress.Main"));
        command.addAll(
                List.of(
                        "-t",
                        tests,
                        "-f",
                        "1",
                        "-iters",
                        Integer.toString(iterations),
                        "-time",
                        "500"));
        command.addAll(
                List.of("-hs", "256", "-sc", "false", "-r", name, "-jvmArgs", FORK_ARGUMENTS));
        return new ProcessBuilder(command)
                .directory(reports.toFile())
                .redirectErrorStream(true)
                .redirectOutput(reports.resolve(name + ".log").toFile())
                .start();
    }

    /** jcstress writes where it stands, so that it runs in the folder of the reports. */
    private static String absoluteClassPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
