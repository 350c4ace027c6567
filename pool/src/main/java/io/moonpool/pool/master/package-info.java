// SPDX-License-Identifier: Apache-2.0
/** The directory as a service over gRPC. */
package io.moonpool.pool.master;
