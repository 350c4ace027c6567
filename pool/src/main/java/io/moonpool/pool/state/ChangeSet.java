// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;
import org.agrona.DirectBuffer;

/**
 * A member's numbered changes, the one command on the hot path: filled and used again by its owner.
 *
 * <p>{@code records} holds {@code count} records of {@link ChangeRecord#BYTES} from {@code offset}.
 */
public final class ChangeSet {
    public long now;
    public int member;
    public long firstSequence;
    public List<LayoutSpec> layouts = List.of();
    public DirectBuffer records;
    public int offset;
    public int count;
    public long capacityBytes;
    public long freeBytes;
    public List<Floor> floors = List.of();
    public boolean announced;
    public long removalDone;
}
