// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import io.moonpool.pool.state.KeyPage;
import io.moonpool.pool.state.KeyView;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Every key, a line each. There may be millions: pages are asked for as the reader takes them, and
 * a reader that stops is left.
 */
final class KeyListing {
    private static final int PAGE_KEYS = 2_000;
    private static final long READER_S = 30;
    private static final ResponseHeaders HEADERS =
            ResponseHeaders.builder(HttpStatus.OK)
                    .contentType(MediaType.parse("text/plain; version=0.0.4"))
                    .build();

    private final PoolView pool;

    KeyListing(PoolView pool) {
        this.pool = pool;
    }

    HttpResponse start(Executor executor) {
        HttpResponseWriter response = HttpResponse.streaming();
        executor.execute(() -> write(response));
        return response;
    }

    private void write(HttpResponseWriter response) {
        try {
            KeyPage page = pool.keys(0, PAGE_KEYS);
            response.write(HEADERS);
            write(response, page);
            while (page.next() != KeyPage.END && response.isOpen()) {
                page = pool.keys(page.next(), PAGE_KEYS);
                write(response, page);
            }
            response.close();
        } catch (AdminFailure e) {
            response.close(e);
        } catch (ExecutionException | TimeoutException e) {
            response.abort(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            response.abort(e);
        }
    }

    private static void write(HttpResponseWriter response, KeyPage page)
            throws InterruptedException, ExecutionException, TimeoutException {
        StringBuilder lines = new StringBuilder();
        for (KeyView key : page.keys()) {
            lines.append(Names.of(key.key())).append('\n');
        }
        response.write(HttpData.ofAscii(lines));
        response.whenConsumed().get(READER_S, TimeUnit.SECONDS);
    }
}
