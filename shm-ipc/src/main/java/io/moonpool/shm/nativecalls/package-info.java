// SPDX-License-Identifier: Apache-2.0
/**
 * The few calls of the C library that Java lacks, and all of the project's FFM. Method handles
 * never leave their class; a failed call becomes a {@link
 * io.moonpool.shm.nativecalls.NativeCallException} that names call, cause and subject. Linux on
 * x86-64 and AArch64.
 */
package io.moonpool.shm.nativecalls;
