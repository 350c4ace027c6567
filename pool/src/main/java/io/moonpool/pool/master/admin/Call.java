// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import com.linecorp.armeria.common.QueryParams;

/** One request, whole: names and values of its query are decoded. */
record Call(QueryParams query, String body) {
    /** Empty when it is missing, as Mooncake has it. */
    String parameter(String name) {
        return query.get(name, "");
    }
}
