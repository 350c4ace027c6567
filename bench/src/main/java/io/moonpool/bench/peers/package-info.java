// SPDX-License-Identifier: Apache-2.0
/** What the side-by-side benchmarks measure against. */
package io.moonpool.bench.peers;
