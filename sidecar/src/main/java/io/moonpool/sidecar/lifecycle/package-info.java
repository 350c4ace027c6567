// SPDX-License-Identifier: Apache-2.0
/** How parts that were started one after the other are ended in the opposite order. */
package io.moonpool.sidecar.lifecycle;
