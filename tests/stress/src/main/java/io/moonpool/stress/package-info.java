// SPDX-License-Identifier: Apache-2.0
/**
 * jcstress over the lock-free parts of shm-ipc: each test names the outcome that would break a
 * promise of docs/spec as FORBIDDEN. {@link io.moonpool.stress.Stress} runs them; the variants in
 * {@code broken} show that they can fail.
 */
package io.moonpool.stress;
