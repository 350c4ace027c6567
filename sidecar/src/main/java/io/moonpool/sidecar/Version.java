// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar;

import java.util.Optional;

/** The version of this build, as its jar's manifest has it. */
public final class Version {
    private Version() {}

    public static String string() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("unpackaged");
    }
}
