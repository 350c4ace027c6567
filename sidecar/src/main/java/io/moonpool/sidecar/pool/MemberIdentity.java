// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;

/** Who this member is, whatever its host is called: 16 bytes that its data directory keeps. */
record MemberIdentity(byte[] id) {

    static final int BYTES = 16;
    private static final String FILE = "member-id";

    /** The identity kept here, made with the first start. */
    static MemberIdentity in(Path dataDir) throws IOException {
        Path file = dataDir.resolve(FILE);
        if (Files.exists(file)) {
            return parse(file);
        }
        byte[] made = new byte[BYTES];
        new SecureRandom().nextBytes(made);
        Path written = dataDir.resolve(FILE + ".new");
        Files.writeString(written, HexFormat.of().formatHex(made) + "\n");
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        return new MemberIdentity(made);
    }

    private static MemberIdentity parse(Path file) throws IOException {
        try {
            byte[] id = HexFormat.of().parseHex(Files.readString(file).strip());
            if (id.length == BYTES) {
                return new MemberIdentity(id);
            }
        } catch (IllegalArgumentException e) {
            // Falls through to the same words as another length.
        }
        throw new IOException(
                "%s: is not %d bytes in hexadecimal; remove it, and this host gets a new identity"
                        .formatted(file, BYTES));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MemberIdentity that && Arrays.equals(id, that.id);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(id);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(id);
    }
}
