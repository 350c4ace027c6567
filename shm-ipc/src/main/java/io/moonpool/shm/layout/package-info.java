// SPDX-License-Identifier: Apache-2.0
/**
 * Byte layouts of the shared files: offsets, pictures and static checks, no state. The normative
 * text is docs/spec/01-files.md and docs/spec/02-rings.md; a test compares both with the golden
 * bytes in docs/spec/vectors.
 */
package io.moonpool.shm.layout;
