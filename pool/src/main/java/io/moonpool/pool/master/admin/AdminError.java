// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import com.linecorp.armeria.common.HttpStatus;

/** Mooncake's error codes, as far as its admin pages answer with them. */
public enum AdminError {
    INTERNAL_ERROR(-1, HttpStatus.INTERNAL_SERVER_ERROR),
    SEGMENT_NOT_FOUND(-101, HttpStatus.NOT_FOUND),
    INVALID_PARAMS(-600, HttpStatus.BAD_REQUEST),
    OBJECT_NOT_FOUND(-704, HttpStatus.NOT_FOUND),
    UNAVAILABLE_IN_CURRENT_STATUS(-1010, HttpStatus.CONFLICT),
    UNAVAILABLE_IN_CURRENT_MODE(-1011, HttpStatus.CONFLICT),
    JOB_NOT_FOUND(-1402, HttpStatus.NOT_FOUND),
    TENANT_NOT_REGISTERED(-1701, HttpStatus.NOT_FOUND),
    TENANT_NOT_EMPTY(-1702, HttpStatus.CONFLICT),
    /** Mooncake's standby says so; here a directory that does not answer in time. */
    SERVICE_NOT_ACTIVE(-1011, HttpStatus.SERVICE_UNAVAILABLE);

    private final int code;
    private final HttpStatus status;

    AdminError(int code, HttpStatus status) {
        this.code = code;
        this.status = status;
    }

    public int code() {
        return code;
    }

    HttpStatus status() {
        return status;
    }
}
