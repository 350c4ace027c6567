// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.nio.file.Path;

/**
 * A session of an earlier sidecar. Its engine's slots stay in quarantine until its process has
 * attached again with its id, or {@link StoreControl#orphanDead} says that the lock of its file has
 * fallen.
 */
public record OrphanSession(long sessionId, int engineIndex, Path sessionFile) {}
