// SPDX-License-Identifier: Apache-2.0
/** What keeps a log readable when a peer can cause lines at will. */
package io.moonpool.pool.log;
