// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

/**
 * The error numbers of Linux that somebody here acts on or may meet; the same on x86-64 and
 * AArch64.
 */
public enum Errno {
    EPERM(1, "operation not permitted"),
    ENOENT(2, "no such file or directory"),
    EINTR(4, "interrupted"),
    EBADF(9, "bad file descriptor"),
    EAGAIN(11, "would block"),
    ENOMEM(12, "out of memory"),
    EACCES(13, "permission denied"),
    EFAULT(14, "bad address"),
    EEXIST(17, "file exists"),
    EINVAL(22, "invalid argument"),
    ENFILE(23, "too many open files in the system"),
    EMFILE(24, "too many open files"),
    EFBIG(27, "file too large"),
    ENOSPC(28, "no space left on the file system"),
    EPIPE(32, "broken pipe"),
    EOPNOTSUPP(95, "not supported by this file system"),
    EADDRINUSE(98, "address in use"),
    ECONNABORTED(103, "connection aborted"),
    ECONNRESET(104, "connection reset by peer"),
    ETIMEDOUT(110, "timed out"),
    OTHER(0, "see errno(3)");

    private final int number;
    private final String text;

    Errno(int number, String text) {
        this.number = number;
        this.text = text;
    }

    static Errno of(int number) {
        for (Errno errno : values()) {
            if (errno.number == number) {
                return errno;
            }
        }
        return OTHER;
    }

    String text() {
        return text;
    }
}
