// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.liveness;

import io.moonpool.shm.nativecalls.Errno;
import io.moonpool.shm.nativecalls.NativeCallException;
import io.moonpool.shm.nativecalls.OpenFiles;
import io.moonpool.shm.nativecalls.RecordLock;
import java.nio.file.Path;

/**
 * Looks whether another process holds the record lock of a file. Through a descriptor of its own:
 * closing one drops this process's own locks on that file only, of which there are none, and the
 * store's may be closed at any time.
 */
public final class LockProbe {
    /** What a look at a lock can show. */
    public enum Answer {
        HELD,
        FREE,
        /** There is no such file, so nothing is proven either way. */
        NO_FILE
    }

    private LockProbe() {}

    public static Answer look(Path sessionFile) throws NativeCallException {
        int descriptor;
        try {
            descriptor = OpenFiles.openReadWrite(sessionFile);
        } catch (NativeCallException e) {
            if (e.errno() == Errno.ENOENT) {
                return Answer.NO_FILE;
            }
            throw e;
        }
        try {
            return RecordLock.isHeldElsewhere(descriptor) ? Answer.HELD : Answer.FREE;
        } finally {
            OpenFiles.close(descriptor);
        }
    }
}
