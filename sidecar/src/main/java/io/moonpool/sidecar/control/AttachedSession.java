// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import io.moonpool.sidecar.store.GrantedFile;
import io.moonpool.sidecar.store.SessionRole;
import java.nio.file.Path;
import java.util.List;

/**
 * What the control plane remembers of a session: whose it is, and where the lock lies that proves
 * it alive.
 */
public record AttachedSession(
        long id,
        int uid,
        String engineId,
        SessionRole role,
        int pid,
        long previousId,
        Path sessionFile,
        List<GrantedFile> files) {

    public AttachedSession {
        files = List.copyOf(files);
    }
}
