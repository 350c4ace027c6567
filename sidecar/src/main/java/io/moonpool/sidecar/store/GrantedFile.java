// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.files.SharedFile;

/**
 * A file whose descriptor goes to the client. The store owns it: send its descriptor, never close
 * it.
 */
public record GrantedFile(FileKind kind, SharedFile file) {}
