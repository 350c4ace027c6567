// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** Finds functions of the C library and reads the errno that they leave behind. */
final class NativeCalls {
    static final ValueLayout.OfInt C_INT = ValueLayout.JAVA_INT;
    static final ValueLayout.OfLong C_LONG = ValueLayout.JAVA_LONG;
    static final ValueLayout.OfLong C_POINTER = ValueLayout.JAVA_LONG;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private NativeCalls() {}

    /** A function that takes a segment for errno before its own arguments. */
    static MethodHandle capturing(String name, FunctionDescriptor signature) {
        return find(name, signature, Linker.Option.captureCallState("errno"));
    }

    /** The same for a C function of variable arguments, of which {@code fixed} are fixed. */
    static MethodHandle capturingVariadic(String name, FunctionDescriptor signature, int fixed) {
        return find(
                name,
                signature,
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(fixed));
    }

    @SuppressWarnings("restricted") // the one place where functions are bound
    static MethodHandle find(String name, FunctionDescriptor signature, Linker.Option... options) {
        MemorySegment address =
                LINKER.defaultLookup()
                        .find(name)
                        .orElseThrow(() ->
                                new UnsatisfiedLinkError("the C library has no function " + name));
        return LINKER.downcallHandle(address, signature, options);
    }

    static MemorySegment errnoCapture(Arena arena) {
        return arena.allocate(ERRNO_LAYOUT);
    }

    static int errno(MemorySegment capture) {
        return (int) ERRNO.get(capture, 0L);
    }

    /** A native call throws nothing; should its handle do so, that is a bug of ours. */
    static AssertionError unexpected(Throwable thrown) {
        return new AssertionError("native call handle threw", thrown);
    }
}
