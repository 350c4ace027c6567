// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import static io.moonpool.shm.nativecalls.NativeCalls.C_INT;
import static io.moonpool.shm.nativecalls.NativeCalls.C_LONG;
import static io.moonpool.shm.nativecalls.NativeCalls.C_POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Open files by number, because only a number can be handed to another process, and their mappings.
 * All are closed on exec; who opens one closes it.
 */
public final class OpenFiles {
    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0100;
    private static final int O_EXCL = 0200;
    private static final int O_CLOEXEC = 02000000;
    private static final int OWNER_ONLY = 0600;
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;
    private static final long MAP_FAILED = -1;

    // int open(const char *path, int flags, mode_t mode)
    private static final MethodHandle OPEN =
            NativeCalls.capturingVariadic(
                    "open", FunctionDescriptor.of(C_INT, C_POINTER, C_INT, C_INT), 2);
    // int close(int descriptor)
    private static final MethodHandle CLOSE =
            NativeCalls.find("close", FunctionDescriptor.of(C_INT, C_INT));
    // void *mmap(void *address, size_t bytes, int protection, int flags, int descriptor, off_t
    // offset)
    private static final MethodHandle MMAP =
            NativeCalls.capturing(
                    "mmap",
                    FunctionDescriptor.of(
                            C_POINTER, C_POINTER, C_LONG, C_INT, C_INT, C_INT, C_LONG));
    // int munmap(void *address, size_t bytes)
    private static final MethodHandle MUNMAP =
            NativeCalls.find("munmap", FunctionDescriptor.of(C_INT, C_POINTER, C_LONG));

    private OpenFiles() {}

    /** Makes a new file that its owner alone may open, and opens it. */
    public static int create(Path path) throws NativeCallException {
        return open(path, O_RDWR | O_CREAT | O_EXCL);
    }

    public static int openReadWrite(Path path) throws NativeCallException {
        return open(path, O_RDWR);
    }

    public static int openReadOnly(Path path) throws NativeCallException {
        return open(path, O_RDONLY);
    }

    public static void close(int descriptor) {
        try {
            // Linux frees the number whatever close answers, so there is nothing to retry.
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    /** Maps the first {@code bytes} of a file, shared and writable, until the arena is closed. */
    @SuppressWarnings("restricted") // the mapping has exactly these bytes
    public static MemorySegment map(int descriptor, long bytes, Arena arena)
            throws NativeCallException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(call);
            long address = mmap(errno, bytes, descriptor);
            if (address == MAP_FAILED) {
                throw new NativeCallException("mmap", NativeCalls.errno(errno), "bytes=" + bytes);
            }
            return MemorySegment.ofAddress(address).reinterpret(bytes, arena, OpenFiles::unmap);
        }
    }

    private static int open(Path path, int flags) throws NativeCallException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = NativeCalls.errnoCapture(arena);
            MemorySegment name = arena.allocateFrom(path.toString());
            int descriptor = open(errno, name.address(), flags | O_CLOEXEC);
            if (descriptor < 0) {
                throw new NativeCallException("open", NativeCalls.errno(errno), "path=" + path);
            }
            return descriptor;
        }
    }

    private static int open(MemorySegment errno, long path, int flags) {
        try {
            return (int) OPEN.invokeExact(errno, path, flags, OWNER_ONLY);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    private static long mmap(MemorySegment errno, long bytes, int descriptor) {
        try {
            return (long)
                    MMAP.invokeExact(
                            errno, 0L, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0L);
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }

    private static void unmap(MemorySegment mapping) {
        try {
            int ignored = (int) MUNMAP.invokeExact(mapping.address(), mapping.byteSize());
        } catch (Throwable thrown) {
            throw NativeCalls.unexpected(thrown);
        }
    }
}
