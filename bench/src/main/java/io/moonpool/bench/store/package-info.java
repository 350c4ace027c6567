// SPDX-License-Identifier: Apache-2.0
/**
 * The store's hot paths, over real rings and headers, turned by the measuring thread: what they
 * cost, and that they allocate nothing.
 */
package io.moonpool.bench.store;
