#include "provisioning/tenants.hpp"

#include <algorithm>
#include <array>

#include "ca/authority.hpp"
#include "ca/certificate_builder.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/first_rows.hpp"
#include "provisioning/ip_filter.hpp"
#include "provisioning/names.hpp"
#include "provisioning/policies.hpp"
#include "provisioning/precondition.hpp"
#include "provisioning/principals.hpp"

namespace muster::provisioning {
namespace {

using base::Done;
using base::Errc;
using base::Error;

constexpr std::size_t id_scope_random_size = 4;

constexpr std::array names_of_limits = {
    LimitName{"devices_max", &TenantLimits::devices_max, 0, tenant_limit_max},
    LimitName{"enrollments_max", &TenantLimits::enrollments_max, 0, tenant_limit_max},
    LimitName{"groups_max", &TenantLimits::groups_max, 0, tenant_list_limit_max},
    LimitName{"ca_certificates_max", &TenantLimits::ca_certificates_max, 0, tenant_list_limit_max},
    LimitName{"hubs_max", &TenantLimits::hubs_max, 0, tenant_list_limit_max},
    LimitName{"registrations_per_minute", &TenantLimits::registrations_per_minute, 1, tenant_limit_max},
    LimitName{"service_calls_per_minute", &TenantLimits::service_calls_per_minute, 1, tenant_limit_max},
    LimitName{"requests_per_minute_and_device", &TenantLimits::requests_per_minute_and_device, 1, tenant_limit_max},
};

Error invalid(std::string detail) { return Error(Errc::invalid_argument, std::move(detail)); }

bool is_tenant_id(std::string_view text) {
  const auto is_letter_or_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); };
  const auto allowed = [&](char c) { return is_letter_or_digit(c) || c == '-'; };
  return !text.empty() && text.size() <= tenant_id_size_max && is_letter_or_digit(text.front()) &&
         is_letter_or_digit(text.back()) && std::ranges::all_of(text, allowed);
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Status check_limits(const TenantLimits& limits) {
  for (const auto& limit : names_of_limits)
    if (limits.*limit.value < limit.min || limits.*limit.value > limit.max)
      return invalid(std::string(limit.name) + " is not a number from " + std::to_string(limit.min) + " to 1000000000");
  return Done{};
}

void apply_settings(Tenant& tenant, TenantSettings settings) {
  tenant.name = std::move(settings.name);
  tenant.allocation_policy = settings.allocation_policy;
  tenant.location = std::move(settings.location);
  tenant.tags = std::move(settings.tags);
  tenant.ip_rules = std::move(settings.ip_rules);
  tenant.require_verified_ca = settings.require_verified_ca;
}

std::string tag_of(const Tenant& tenant) { return entity_tag(tenant.created_at, tenant.revision); }

AuditEvent event(const TenantId& id, std::string action, std::string detail, Actor actor, TimePoint now) {
  return AuditEvent{.actor = std::move(actor.name),
                    .action = std::move(action),
                    .subject = "tenant:" + id.str(),
                    .detail = std::move(detail),
                    .personal = std::move(actor.address),
                    .at = now};
}

/// "hubs_max 1000 -> 5, …": what differs.
std::string difference(const TenantLimits& before, const TenantLimits& after) {
  std::string text;
  for (const auto& limit : names_of_limits) {
    if (before.*limit.value == after.*limit.value) continue;
    if (!text.empty()) text += ", ";
    text += std::string(limit.name) + " " + std::to_string(before.*limit.value) + " -> " +
            std::to_string(after.*limit.value);
  }
  return text;
}

std::string describe_settings(const Tenant& tenant) {
  return "allocation " + std::string(name_of(tenant.allocation_policy)) + ", " +
         std::to_string(tenant.ip_rules.size()) + " IP rules" +
         (tenant.require_verified_ca ? ", verified CAs only" : "");
}

}  // namespace

Status check_settings(const TenantSettings& settings) {
  if (settings.name.empty() || settings.name.size() > tenant_name_size_max || has_control_character(settings.name))
    return invalid("a tenant's name has 1 to 128 octets and no control characters");
  if (settings.location.size() > tenant_location_size_max || has_control_character(settings.location))
    return invalid("location is longer than 128 octets or has control characters");
  if (settings.tags.size() > tenant_tags_size_max) return invalid("tags have more than 4096 octets");
  return check_ip_rules(settings.ip_rules);
}

std::span<const LimitName> limit_names() { return names_of_limits; }

Task<IdScope> Tenants::draw_id_scope() {
  // As Azure has it. It begins with a digit, as no word does that the paths of the APIs on the same port begin with.
  IdScope drawn("0ne" + base::to_hex(random_.bytes(id_scope_random_size)));
  for (auto taken = co_await store_.find_tenant(drawn); taken; taken = co_await store_.find_tenant(drawn))
    drawn = IdScope("0ne" + base::to_hex(random_.bytes(id_scope_random_size)));
  co_return drawn;
}

Task<Status> Tenants::check_new_id(TenantId id) {
  id = TenantId(base::to_lower(id.str()));
  if (!is_tenant_id(id.str()))
    co_return invalid("a tenant's id has 1 to 64 letters, digits and dashes, and no dash at its ends");
  if (id == platform_tenant) co_return invalid("the platform's own id cannot be a tenant's");
  const auto namesake = co_await store_.find_tenant(id);
  if (namesake) co_return Error(Errc::already_exists, id.str());
  const auto trail = co_await store_.list_audit(id, std::nullopt, 1);
  if (!trail.empty())
    co_return Error(Errc::already_exists, "a tenant " + id.str() + " was removed; its audit trail keeps the id");
  co_return Done{};
}

Task<Result<NewTenant>> Tenants::add(WantedTenant wanted, Actor actor) {
  const TenantId id(base::to_lower(wanted.id.str()));
  const auto usable = co_await check_new_id(id);
  if (!usable) co_return usable.error();
  if (wanted.settings.name.empty()) wanted.settings.name = id.str();
  if (const auto valid = check_settings(wanted.settings); !valid) co_return valid.error();
  if (const auto valid = check_limits(wanted.limits); !valid) co_return valid.error();
  const std::string hub = base::to_lower(wanted.hub);
  if (!hub.empty() && !ca::is_host_name(hub) && !ca::ip_octets(hub))
    co_return invalid("a hub's name is its host name or address");

  const TimePoint now = clock_.now();
  NewTenant made{.tenant = {},
                 .policy_name = owner_policy,
                 .policy_key = random_.secret(policy_key_size),
                 .operator_token = draw_token(random_)};
  made.tenant.id = id;
  made.tenant.id_scope = co_await draw_id_scope();
  made.tenant.limits = wanted.limits;
  made.tenant.created_at = now;
  apply_settings(made.tenant, std::move(wanted.settings));

  FirstRows rows(id, vault_, now, random_);
  rows.add(made.tenant);
  const auto tree = ca::make_tree("Muster Devices " + made.tenant.id_scope.str(), now, random_);
  if (!tree) throw std::logic_error("a tenant's device CA: " + base::to_string(tree.error()));
  rows.add_authority(AuthorityKind::device_root, tree->root, tree->root_key);
  rows.add_authority(AuthorityKind::device_issuing, tree->issuing, tree->issuing_key);

  AccessPolicy policy{.tenant = id,
                      .name = owner_policy,
                      .primary_key = {},
                      .secondary_key = {},
                      .rights = all_service_rights,
                      .created_at = now};
  policy.primary_key = rows.seal(key_place(policy, "primary"), made.policy_key);
  policy.secondary_key = rows.seal(key_place(policy, "secondary"), random_.secret(policy_key_size));
  rows.add(std::move(policy));
  rows.add(Principal{.tenant = id,
                     .id = Uuid::draw(random_),
                     .name = first_operator,
                     .token_hash = hash_token(made.operator_token.reveal()),
                     .role = Role::operator_,
                     .scope = {},
                     .expires_at = {},
                     .created_at = now});
  std::string detail = "ID scope " + made.tenant.id_scope.str();
  if (!hub.empty()) {
    rows.add(Hub{.tenant = id, .name = HubName(hub), .location = {}, .tags = {}, .created_at = now, .updated_at = now});
    detail += ", hub " + hub;
  }
  Write write = rows.take(event(id, "tenant.created", std::move(detail), std::move(actor), now));
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) co_return committed.error();
  ++made.tenant.revision;
  co_return made;
}

Task<Result<Tenant>> Tenants::get(TenantId id) {
  TenantId folded(base::to_lower(id.str()));
  auto stored = co_await store_.find_tenant(std::move(folded));
  if (!stored) co_return Error(Errc::tenant_not_found, id.str().substr(0, tenant_id_size_max));
  co_return std::move(*stored);
}

Task<Result<Tenant>> Tenants::change(TenantId id, Precondition precondition,
                                     const std::function<std::string(Tenant&)>& apply, std::string action,
                                     Actor actor) {
  auto tenant = co_await get(std::move(id));
  if (!tenant) co_return tenant.error();
  const auto holds = check(precondition, tag_of(*tenant), Errc::tenant_not_found, tenant->id.str());
  if (!holds) co_return holds.error();
  std::string detail = apply(*tenant);

  Write write{.tenant = tenant->id, .changes = {}, .audit = {}};
  write.changes.emplace_back(Put{*tenant});
  write.audit.push_back(event(tenant->id, std::move(action), std::move(detail), std::move(actor), clock_.now()));
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) co_return committed.error();
  ++tenant->revision;
  co_return tenant;
}

Task<Result<Tenant>> Tenants::put_settings(TenantId id, TenantSettings settings, Precondition precondition,
                                           Actor actor) {
  if (const auto valid = check_settings(settings); !valid) co_return valid.error();
  const std::function<std::string(Tenant&)> apply = [&settings](Tenant& tenant) {
    apply_settings(tenant, std::move(settings));
    return describe_settings(tenant);
  };
  co_return co_await change(std::move(id), std::move(precondition), apply, "tenant.updated", std::move(actor));
}

Task<Result<Tenant>> Tenants::set_limits(TenantId id, TenantLimits limits, Precondition precondition, Actor actor) {
  if (const auto valid = check_limits(limits); !valid) co_return valid.error();
  const std::function<std::string(Tenant&)> apply = [&limits](Tenant& tenant) {
    std::string detail = difference(tenant.limits, limits);
    tenant.limits = limits;
    return detail;
  };
  co_return co_await change(std::move(id), std::move(precondition), apply, "tenant.limits_set", std::move(actor));
}

Task<Result<Tenant>> Tenants::set_enabled(TenantId id, bool enabled, Precondition precondition, Actor actor) {
  const std::function<std::string(Tenant&)> apply = [enabled](Tenant& tenant) {
    tenant.enabled = enabled;
    return std::string();
  };
  co_return co_await change(std::move(id), std::move(precondition), apply,
                            enabled ? "tenant.enabled" : "tenant.disabled", std::move(actor));
}

Task<Status> Tenants::remove(TenantId id, std::string confirmation, Precondition precondition, Actor actor) {
  const auto tenant = co_await get(std::move(id));
  if (!tenant) co_return tenant.error();
  const auto holds = check(precondition, tag_of(*tenant), Errc::tenant_not_found, tenant->id.str());
  if (!holds) co_return holds;
  if (base::to_lower(confirmation) != tenant->id.str())
    co_return invalid("removing a tenant removes all that it has; repeat its id, " + tenant->id.str() +
                      ", as the confirmation");
  if (tenant->enabled) co_return Error(Errc::in_use, "disable the tenant " + tenant->id.str() + " before removing it");
  AuditEvent removed =
      event(tenant->id, "tenant.removed", "ID scope " + tenant->id_scope.str(), std::move(actor), clock_.now());
  const auto done = co_await store_.remove_tenant(*tenant, std::move(removed));
  if (done) vault_.forget(tenant->id);
  co_return done;
}

}  // namespace muster::provisioning
