// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

/** Answers the calls of one method and path. */
@FunctionalInterface
interface Page {
    Answer answer(Call call) throws AdminFailure;
}
