// SPDX-License-Identifier: Apache-2.0
/**
 * What is written by people, with the place where it was written: files read line by line, and
 * errors that name field, place and cure.
 */
package io.moonpool.pool.settings;
