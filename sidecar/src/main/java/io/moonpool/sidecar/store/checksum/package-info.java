// SPDX-License-Identifier: Apache-2.0
/**
 * Threads that checksum slots which the store's thread holds for them. They see nothing else of the
 * store.
 */
package io.moonpool.sidecar.store.checksum;
