// SPDX-License-Identifier: Apache-2.0
/**
 * A directory in this process: one thread owns it and gives it its time; commands come from any
 * thread through a bounded queue; what only the directory knows goes to a log before it is
 * acknowledged.
 */
package io.moonpool.pool.embedded;
