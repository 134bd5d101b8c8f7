#include "provisioning/webhook_keys.hpp"

namespace muster::provisioning {

using base::Errc;
using base::Error;

namespace {

constexpr std::size_t key_size = 32;
constexpr int attempts_max = 8;

SecretPlace key_place(const TenantId& tenant) { return {tenant, "tenant", "webhook_key"}; }

}  // namespace

Task<Result<Secret>> WebhookKeys::reveal(TenantId tenant) {
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    auto stored = co_await store_.find_tenant(tenant);
    if (!stored) co_return Error(Errc::tenant_not_found, tenant.str());
    if (!stored->webhook_key.empty()) {
      SecretPlace place = key_place(tenant);
      Secret key = co_await vault_.open(std::move(place), std::move(stored->webhook_key));
      co_return key;
    }
    Actor actor{.name = "system", .address = {}};
    auto drawn = co_await draw(std::move(*stored), "webhook_key.created", std::move(actor));
    if (drawn || drawn.error().code() != Errc::revision_conflict) co_return drawn;
  }
  co_return Error(Errc::busy, "the tenant changes all the time");
}

Task<Result<Secret>> WebhookKeys::regenerate(TenantId tenant, Actor actor) {
  auto stored = co_await store_.find_tenant(tenant);
  if (!stored) co_return Error(Errc::tenant_not_found, tenant.str());
  co_return co_await draw(std::move(*stored), "webhook_key.regenerated", std::move(actor));
}

Task<Result<Secret>> WebhookKeys::draw(Tenant tenant, std::string action, Actor actor) {
  Secret key = random_.secret(key_size);
  SecretPlace place = key_place(tenant.id);
  tenant.webhook_key = co_await vault_.seal(std::move(place), key);
  Write write{.tenant = tenant.id, .changes = {}, .audit = {}};
  write.audit.push_back({.actor = std::move(actor.name),
                         .action = std::move(action),
                         .subject = "tenant:" + tenant.id.str(),
                         .detail = {},
                         .personal = std::move(actor.address),
                         .at = clock_.now()});
  write.changes.emplace_back(Put{std::move(tenant)});
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) co_return committed.error();
  co_return key;
}

}  // namespace muster::provisioning
