// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.lifecycle;

import io.moonpool.shm.nativecalls.ProgramPages;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a process quick that is seldom asked. */
public final class Residency {
    private static final Logger LOG = LoggerFactory.getLogger(Residency.class);

    private Residency() {}

    /** The program's own files stay in memory; where that is not allowed, it goes on without. */
    public static void keepProgram() {
        try {
            ProgramPages.keep();
        } catch (IOException e) {
            LOG.info(
                    "this program's code may be paged out ({}): first calls after a pause are"
                            + " slower; raise the limit of locked memory (ulimit -l) by 256 MiB",
                    e.getMessage());
        }
    }
}
