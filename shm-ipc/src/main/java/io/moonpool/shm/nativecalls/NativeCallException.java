// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import java.io.IOException;

/**
 * A call of the C library failed. {@link #errno()} says why in a form to act on, the message in one
 * to read.
 */
public final class NativeCallException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    NativeCallException(String call, int number, String subject) {
        super(message(call, number, subject));
        this.errno = Errno.of(number);
    }

    public Errno errno() {
        return errno;
    }

    private static String message(String call, int number, String subject) {
        Errno errno = Errno.of(number);
        String name = errno == Errno.OTHER ? "errno " + number : errno.name();
        return call + " failed with " + name + " (" + errno.text() + "): " + subject;
    }
}
