// SPDX-License-Identifier: Apache-2.0
/**
 * The header table: what each slot holds, who holds it, and which boot of the sidecar said so. Only
 * the sidecar's store agent writes it; clients and checksum threads read.
 */
package io.moonpool.shm.headers;
