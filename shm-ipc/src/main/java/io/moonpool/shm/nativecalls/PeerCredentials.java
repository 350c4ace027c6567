// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

/**
 * Who is at the other end of a Unix socket, in the kernel's words (SO_PEERCRED) and as of its
 * connect.
 */
public record PeerCredentials(int pid, int uid, int gid) {}
