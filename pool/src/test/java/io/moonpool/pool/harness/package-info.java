// SPDX-License-Identifier: Apache-2.0
/** What several tests of this module speak through. */
package io.moonpool.pool.harness;
