// SPDX-License-Identifier: Apache-2.0
/**
 * The file that a sidecar shares with one client process: two rings, a doorbell, lease cells and
 * the heartbeat.
 */
package io.moonpool.shm.session;
