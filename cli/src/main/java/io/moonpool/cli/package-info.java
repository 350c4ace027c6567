// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code moonpool} command: reads arguments, starts what they name, turns failures into one
 * line and an exit status.
 */
package io.moonpool.cli;
