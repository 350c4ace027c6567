// SPDX-License-Identifier: Apache-2.0
/** Files that are shared with clients by handing over open descriptors, never paths. */
package io.moonpool.shm.files;
