// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.client;

import io.moonpool.proto.v1.Floor;
import io.moonpool.proto.v1.Layout;
import io.moonpool.proto.v1.MemberInfo;
import io.moonpool.proto.v1.Order;
import java.util.List;

/** The member that a {@link DirectoryLink} speaks for. All calls come from the link's thread. */
public interface LinkedMember {

    /** Who it is, with the room it has now. */
    MemberInfo info();

    /** All resets it knows of. */
    List<Floor> floors();

    /** Those that were not taken yet. */
    List<Floor> takeRaised();

    /** What was not sent yet is void: everything is put into the log anew from here on. */
    void announce();

    /** True once everything was put into the log. */
    boolean isAnnounced();

    /** Changes to be told. */
    ChangeLog changes();

    /** The layout that the log's records mean by an ordinal. */
    Layout layout(int ordinal);

    /** No object below these epochs may be served from now on. */
    void raise(List<Floor> floors);

    void carryOut(Order order);

    /** All orders of removals up to this one were given. */
    void removalTold(long removal);

    /** The highest removal that was carried out. */
    long removalDone();

    /** Asked when the link closes: the member was drained, and goes for good. */
    boolean leaves();

    /** The directory knows this member under an ordinal; or not any more, when it is below 0. */
    void linked(int ordinal);

    /** A line for the log. */
    void warn(String line);
}
