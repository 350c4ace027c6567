// SPDX-License-Identifier: Apache-2.0
/**
 * What every transport offers: segments of memory under names, links to peers, and batches that
 * read and write scattered pieces. It moves bytes and knows no keys: whoever reads checks what
 * landed.
 *
 * <p>The rule that everything else rests on: once a batch is done, whatever its outcome, the
 * transport never again touches the local memory of its pieces. Bytes that are still on their way
 * are thrown away. The conformance suite holds every transport to it.
 */
package io.moonpool.transfer.spi;
