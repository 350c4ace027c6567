// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.headers;

import io.moonpool.shm.files.FileId;

/** Which slabs an arena has, and which file and tenant it belongs to. */
public record ArenaRecord(String tenant, int slabFirst, int slabCount, FileId fileId) {}
