// SPDX-License-Identifier: Apache-2.0
package io.moonpool.tests.arrows;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/**
 * The arrows between the rooms. A POM stops a module from seeing another one; these rules also hold
 * between the packages of a module and against libraries that come along transitively.
 */
class ArrowsTest {
    private static final String PROTO = "io.moonpool.proto..";
    private static final String SHM = "io.moonpool.shm..";
    private static final String NATIVE_CALLS = "io.moonpool.shm.nativecalls..";
    private static final String TRANSFER = "io.moonpool.transfer..";
    private static final String SIDECAR = "io.moonpool.sidecar..";
    private static final String STORE = "io.moonpool.sidecar.store..";
    private static final String POOL_STATE = "io.moonpool.pool.state..";
    private static final String POOL_EMBEDDED = "io.moonpool.pool.embedded..";
    private static final String POOL = "io.moonpool.pool..";
    private static final String POOL_DISCOVERY = "io.moonpool.pool.discovery..";
    private static final String POOL_SETTINGS = "io.moonpool.pool.settings..";
    private static final String OURS = "io.moonpool..";

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("io.moonpool");

    @Test
    void protoDependsOnNothingOfOurs() {
        classes()
                .that(resideInAPackage(PROTO))
                .should()
                .onlyDependOnClassesThat(resideInAPackage(PROTO).or(resideOutsideOfPackages(OURS)))
                .check(CLASSES);
    }

    @Test
    void sharedMemoryDependsOnAgronaAlone() {
        classes()
                .that(resideInAPackage(SHM))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(SHM, "org.agrona..", "java.."))
                .check(CLASSES);
    }

    @Test
    void transferDependsOnAgronaAlone() {
        classes()
                .that(resideInAPackage(TRANSFER))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(TRANSFER, "org.agrona..", "java.."))
                .check(CLASSES);
    }

    @Test
    void transportsAreKnownByTheirInterfaceAlone() {
        noClasses()
                .that(resideInAPackage("io.moonpool.transfer.spi.."))
                .should()
                .dependOnClassesThat(resideInAPackage("io.moonpool.transfer.tcp.."))
                .check(CLASSES);
    }

    @Test
    void sidecarDependsOnProtoSharedMemoryTransferAndPool() {
        classes()
                .that(resideInAPackage(SIDECAR))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(SIDECAR, PROTO, SHM, TRANSFER, POOL)
                                .or(resideOutsideOfPackages(OURS)))
                .check(CLASSES);
    }

    @Test
    void storeSeesNeitherRpcNorConfiguration() {
        noClasses()
                .that(resideInAPackage(STORE))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(
                                "io.grpc..",
                                "com.google.protobuf..",
                                "io.moonpool.proto.v1..",
                                "com.linecorp.armeria..",
                                "io.netty..",
                                "org.yaml..",
                                "com.fasterxml..",
                                "com.google.gson..",
                                "io.moonpool.sidecar.config.."))
                .because("the store is called with values; who asked, and how, is not its business")
                .check(CLASSES);
    }

    @Test
    void theDirectorySeesAgronaAlone() {
        classes()
                .that(resideInAPackage(POOL_STATE))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(POOL_STATE, "org.agrona..", "java.."))
                .check(CLASSES);
    }

    @Test
    void theDirectoryHasNoClockNoChanceNoThreadAndNoFiles() {
        noClasses()
                .that(resideInAPackage(POOL_STATE))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(
                                "java.time..",
                                "java.util.concurrent..",
                                "java.util.random..",
                                "java.security..",
                                "java.io..",
                                "java.nio.file..",
                                "java.nio.channels..",
                                "java.net.."))
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching(
                        "java\\.(util\\.(Random|SplittableRandom|UUID|Timer|Date|Calendar)"
                                + "|lang\\.(Thread|ThreadLocal|Process|ProcessBuilder|Runtime))"
                                + "(\\$.*)?|org\\.agrona\\.concurrent\\..*(Clock|Agent.*)")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callMethod(System.class, "identityHashCode", Object.class)
                .because("equal commands must give equal directories, on every node and replay")
                .check(CLASSES);
    }

    @Test
    void theDirectorysHostSeesNoRpc() {
        classes()
                .that(resideInAPackage(POOL_EMBEDDED))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(
                                POOL_EMBEDDED, POOL_STATE, "org.agrona..", "org.slf4j..", "java.."))
                .check(CLASSES);
    }

    @Test
    void packagesOfThePoolHaveNoCycles() {
        slices().matching("io.moonpool.pool.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void poolDependsOnProtoAlone() {
        classes()
                .that(resideInAPackage(POOL))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(POOL, PROTO).or(resideOutsideOfPackages(OURS)))
                .check(CLASSES);
    }

    @Test
    void discoveryKnowsNothingOfThePool() {
        classes()
                .that(resideInAPackage(POOL_DISCOVERY))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(POOL_DISCOVERY, POOL_SETTINGS)
                                .or(resideOutsideOfPackages(OURS)))
                .because("it keeps small JSON values, whatever they are about")
                .check(CLASSES);
    }

    @Test
    void onlyAdminsAdapterSpeaksToTheDirectory() {
        noClasses()
                .that(resideInAPackage("io.moonpool.pool.master.admin.."))
                .and()
                .doNotHaveSimpleName("DirectoryView")
                .should()
                .dependOnClassesThat(resideInAPackage(POOL_EMBEDDED))
                .because("pages ask a PoolView")
                .check(CLASSES);
    }

    @Test
    void nativeCallsAreMadeInOnePackage() {
        noClasses()
                .that(resideInAPackage(OURS))
                .and(resideOutsideOfPackages(NATIVE_CALLS))
                .should()
                .dependOnClassesThat()
                .haveNameMatching(
                        "java\\.lang\\.foreign\\.(Linker|SymbolLookup|FunctionDescriptor)(\\$.*)?")
                .because(
                        "whoever needs one more system call adds it to io.moonpool.shm.nativecalls")
                .check(CLASSES);
    }

    @Test
    void nobodyReachesIntoTheJdk() {
        noClasses()
                .that(resideInAPackage(OURS))
                .should()
                .dependOnClassesThat(resideInAnyPackage("sun..", "jdk.internal.."))
                .because("MemorySegment, VarHandle and Agrona are the ways to raw memory")
                .check(CLASSES);
    }

    @Test
    void packagesAreNamedByWhatTheyHold() {
        noClasses()
                .should()
                .resideInAnyPackage(
                        "..util..",
                        "..utils..",
                        "..common..",
                        "..helper..",
                        "..helpers..",
                        "..misc..")
                .check(CLASSES);
    }

    @Test
    void packagesOfTheSidecarHaveNoCycles() {
        slices().matching("io.moonpool.sidecar.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void packagesOfSharedMemoryHaveNoCycles() {
        slices().matching("io.moonpool.shm.(*)..").should().beFreeOfCycles().check(CLASSES);
    }
}
