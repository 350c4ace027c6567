// SPDX-License-Identifier: Apache-2.0
/**
 * The same situations with two stores swapped. Each of these tests must fail: that is what makes
 * the others worth running.
 */
package io.moonpool.stress.broken;
