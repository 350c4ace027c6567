// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.session;

import java.util.UUID;

/**
 * Whose session a file is; {@code role} as in {@link io.moonpool.shm.layout.SessionFileDescriptor}.
 */
public record SessionIdentity(long sessionId, int role, UUID bootId) {}
