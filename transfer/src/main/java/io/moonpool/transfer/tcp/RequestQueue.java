// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The requests that wait for a lane of one peer. Bounded, except for one batch alone. */
final class RequestQueue {
    private final ArrayDeque<Request> waiting = new ArrayDeque<>();
    private final int max;

    RequestQueue(int max) {
        this.max = max;
    }

    /** All requests of the batch, or none when there are too many. */
    synchronized boolean offer(TcpBatch batch) {
        int count = batch.requestCount();
        if (!waiting.isEmpty() && waiting.size() + count > max) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            waiting.add(batch.request(i));
        }
        return true;
    }

    /** To be tried again, before all others. */
    synchronized void putBack(Request request) {
        waiting.addFirst(request);
    }

    synchronized Request poll() {
        return waiting.poll();
    }

    /** The next one, if it is a read. */
    synchronized Request pollRead() {
        Request first = waiting.peek();
        return first == null || first.isWrite() ? null : waiting.poll();
    }

    synchronized int size() {
        return waiting.size();
    }

    /** Takes out what belongs to batches that are ending. */
    synchronized List<Request> takeEnding() {
        List<Request> ending = new ArrayList<>();
        for (Iterator<Request> each = waiting.iterator(); each.hasNext(); ) {
            Request request = each.next();
            if (request.batch().early() != null) {
                each.remove();
                ending.add(request);
            }
        }
        return ending;
    }
}
