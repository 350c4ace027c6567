// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.moonpool.pool.state.TenantView;
import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Pattern;

/** How much of the pool a tenant may take. */
final class QuotaPages {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern TENANT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,39}");
    private static final String FIELD = "requested_quota_bytes";
    private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

    private final PoolView pool;
    private final boolean enabled;

    /** {@code enabled} is Mooncake's --enable_multi_tenants. */
    QuotaPages(PoolView pool, boolean enabled) {
        this.pool = pool;
        this.enabled = enabled;
    }

    Answer get(Call call) throws AdminFailure {
        String tenant = call.parameter("tenant_id");
        if (tenant.isEmpty()) {
            requireEnabled();
            ObjectNode answer = Answer.success();
            ArrayNode list = answer.putArray("data");
            QuotaShares shares = shares();
            shares.tenants().forEach(one -> list.add(shown(one, shares)));
            return Answer.json(answer);
        }
        if (!TENANT.matcher(tenant).matches()) {
            throw new AdminFailure(AdminError.INVALID_PARAMS, "Invalid tenant_id");
        }
        requireEnabled();
        return Answer.json(Answer.success().set("data", shown(tenant)));
    }

    Answer put(Call call) throws AdminFailure {
        String tenant = tenant(call);
        long bytes = bytes(call.body());
        requireEnabled();
        pool.setQuota(tenant, bytes);
        return Answer.json(Answer.success().set("data", shown(tenant)));
    }

    Answer delete(Call call) throws AdminFailure {
        String tenant = tenant(call);
        requireEnabled();
        TenantView before = find(shares(), tenant);
        if (before.objects() > 0) {
            throw new AdminFailure(AdminError.TENANT_NOT_EMPTY);
        }
        pool.removeQuota(tenant);
        return Answer.json(Answer.success().putNull("data"));
    }

    private void requireEnabled() throws AdminFailure {
        if (!enabled) {
            throw new AdminFailure(AdminError.UNAVAILABLE_IN_CURRENT_MODE);
        }
    }

    private static String tenant(Call call) throws AdminFailure {
        String tenant = call.parameter("tenant_id");
        if (!TENANT.matcher(tenant).matches()) {
            throw new AdminFailure(AdminError.INVALID_PARAMS, "Missing or invalid tenant_id");
        }
        return tenant;
    }

    private static long bytes(String body) throws AdminFailure {
        JsonNode node;
        try {
            node = JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new AdminFailure(
                    AdminError.INVALID_PARAMS, "Invalid JSON body: " + e.getOriginalMessage());
        }
        JsonNode bytes = node == null ? null : node.get(FIELD);
        if (bytes == null || !bytes.isIntegralNumber()) {
            throw new AdminFailure(
                    AdminError.INVALID_PARAMS, "Invalid JSON body: " + FIELD + " is no number");
        }
        if (bytes.bigIntegerValue().signum() <= 0 || bytes.bigIntegerValue().compareTo(MAX) > 0) {
            throw new AdminFailure(
                    AdminError.INVALID_PARAMS, "Tenant quota must be in [1, 2^63 - 1] bytes");
        }
        return bytes.longValue();
    }

    private QuotaShares shares() throws AdminFailure {
        return new QuotaShares(pool.tenants(), pool.totals().capacityBytes());
    }

    private ObjectNode shown(String tenant) throws AdminFailure {
        QuotaShares shares = shares();
        return shown(find(shares, tenant), shares);
    }

    private static TenantView find(QuotaShares shares, String tenant) throws AdminFailure {
        Optional<TenantView> found =
                shares.tenants().stream().filter(one -> one.name().equals(tenant)).findFirst();
        return found.orElseThrow(() -> new AdminFailure(AdminError.TENANT_NOT_REGISTERED));
    }

    private static ObjectNode shown(TenantView tenant, QuotaShares shares) {
        boolean explicit = tenant.quotaBytes() >= 0;
        long effective = shares.effective(tenant);
        return Answer.object()
                .put("tenant_id", tenant.name())
                .put(FIELD, explicit ? tenant.quotaBytes() : 0)
                .put("effective_quota_bytes", effective)
                .put("charged_bytes", tenant.bytes())
                .put("admission_closed", explicit && tenant.bytes() >= effective)
                .put("over_quota", explicit && tenant.bytes() > effective)
                .put("has_explicit_policy", explicit);
    }
}
