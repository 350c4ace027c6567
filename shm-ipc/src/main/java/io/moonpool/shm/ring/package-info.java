// SPDX-License-Identifier: Apache-2.0
/**
 * The two rings of a session and the doorbells that wake their readers (docs/spec/02-rings.md). A
 * ring has one writing and one reading thread; the reader believes nothing that the writer's
 * process can reach.
 */
package io.moonpool.shm.ring;
