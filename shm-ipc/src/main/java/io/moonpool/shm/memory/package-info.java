// SPDX-License-Identifier: Apache-2.0
/** Loads and stores of shared memory, named by their memory order. */
package io.moonpool.shm.memory;
