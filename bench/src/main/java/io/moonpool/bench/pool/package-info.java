// SPDX-License-Identifier: Apache-2.0
/** What the directory costs. */
package io.moonpool.bench.pool;
