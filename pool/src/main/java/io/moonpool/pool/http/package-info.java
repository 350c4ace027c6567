// SPDX-License-Identifier: Apache-2.0
/**
 * How every HTTP and gRPC server of this program is set up, and how figures become metric families.
 */
package io.moonpool.pool.http;
