#include "provisioning/tenant_update.hpp"

#include <algorithm>
#include <set>

#include "crypto/hash.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/hubs.hpp"
#include "provisioning/precondition.hpp"

namespace muster::provisioning {
namespace {

using base::Done;
using base::Errc;
using base::Error;

constexpr std::size_t key_size_min = 16;
constexpr std::size_t key_size_max = 64;
constexpr std::size_t entity_tag_octets = 16;
constexpr std::string_view primary_key = "primary";
constexpr std::string_view secondary_key = "secondary";

Error invalid(std::string detail) { return Error(Errc::invalid_argument, std::move(detail)); }

template <class T, class Name>
const T* find_named(const std::vector<T>& rows, const Name& name) {
  const auto found = std::ranges::find(rows, name, &T::name);
  return found == rows.end() ? nullptr : &*found;
}

/// What is asked for, but for the connection string.
Hub merge(const Tenant& tenant, const Hub* stored, const WantedHub& wanted, TimePoint now) {
  Hub hub;
  if (stored != nullptr)
    hub = *stored;
  else
    hub.created_at = now;
  hub.tenant = tenant.id;
  hub.name = HubName(wanted.connection.host);
  hub.location = wanted.location.value_or(hub.location);
  hub.weight = wanted.weight.value_or(hub.weight);
  hub.in_allocation = wanted.in_allocation.value_or(hub.in_allocation);
  return hub;
}

Status check_hubs(const TenantState& state, const std::vector<WantedHub>& wanted) {
  std::set<std::string> names;
  bool adds = false;
  for (const auto& one : wanted) {
    const std::string& name = one.connection.host;
    if (!names.insert(name).second) return invalid("the hub " + name + " stands twice");
    const Hub* stored = find_named(state.hubs, HubName(name));
    adds = adds || stored == nullptr;
    if (auto valid = check_hub(merge(state.tenant, stored, one, {})); !valid)
      return Error(valid.error().code(), "hub " + name + ": " + valid.error().detail());
    if (one.connection.is_masked && (stored == nullptr || stored->connection_string.empty()))
      return invalid("hub " + name + ": its connection string is masked, and none is stored that could be kept");
  }
  if (wanted.size() > hubs_max) return Error(Errc::too_many_items, "more than 1000 hubs");
  if (adds && static_cast<std::int64_t>(wanted.size()) > state.tenant.limits.hubs_max)
    return Error(Errc::quota_exceeded,
                 "the tenant may have " + std::to_string(state.tenant.limits.hubs_max) + " hubs (hubs_max)");
  return Done{};
}

Status check_key(const WantedPolicy& policy, const Secret& key, const char* which) {
  if (key.empty() || (key.size() >= key_size_min && key.size() <= key_size_max)) return Done{};
  return invalid("policy " + policy.name + ": the " + which + " key has " + std::to_string(key.size()) +
                 " octets; 16 to 64 are allowed");
}

Status check_policies(const std::vector<WantedPolicy>& wanted) {
  if (wanted.size() > policies_max) return Error(Errc::too_many_items, "more than 100 access policies");
  std::set<std::string> names;
  for (const auto& policy : wanted) {
    if (auto valid = check_policy(policy.name, policy.rights); !valid) return valid;
    if (!names.insert(policy.name).second) return invalid("the policy " + policy.name + " stands twice");
    if (auto valid = check_key(policy, policy.keys.primary, "primary"); !valid) return valid;
    if (auto valid = check_key(policy, policy.keys.secondary, "secondary"); !valid) return valid;
  }
  return Done{};
}

TenantSettings settings_after(const Tenant& tenant, const TenantUpdate& update) {
  return TenantSettings{.name = tenant.name,
                        .allocation_policy = update.allocation_policy.value_or(tenant.allocation_policy),
                        .location = update.location.value_or(tenant.location),
                        .tags = update.tags.value_or(tenant.tags),
                        .ip_rules = update.ip_rules.value_or(tenant.ip_rules),
                        .require_verified_ca = tenant.require_verified_ca};
}

/// Applies the settings; the names of those that differ, with commas between them.
std::string change_settings(Tenant& tenant, const TenantUpdate& update) {
  std::string changed;
  const auto set = [&changed](auto& member, const auto& wanted, std::string_view name) {
    if (!wanted || member == *wanted) return;
    member = *wanted;
    if (!changed.empty()) changed += ", ";
    changed += name;
  };
  set(tenant.location, update.location, "location");
  set(tenant.tags, update.tags, "tags");
  set(tenant.allocation_policy, update.allocation_policy, "allocation policy");
  set(tenant.ip_rules, update.ip_rules, "IP rules");
  return changed;
}

bool differs(const Hub& left, const Hub& right) {
  return left.location != right.location || left.weight != right.weight || left.in_allocation != right.in_allocation ||
         left.connection_string != right.connection_string;
}

std::string tag_of(const TenantState& state) {
  std::string parts = entity_tag(state.tenant.created_at, state.tenant.revision);
  for (const auto& hub : state.hubs)
    parts += "\nhub " + hub.name.str() + " " + entity_tag(hub.created_at, hub.revision);
  for (const auto& policy : state.policies)
    parts += "\npolicy " + policy.name + " " + entity_tag(policy.created_at, policy.revision);
  const auto digest = crypto::sha256(base::view(parts));
  return base::to_hex(base::ByteView(digest).first(entity_tag_octets));
}

std::string details_of(const Hub& hub) {
  std::string text = "weight " + std::to_string(hub.weight);
  if (!hub.in_allocation) text += ", only for enrollments that name it";
  if (!hub.connection_string.empty()) text += ", with a connection string";
  return text;
}

AuditEvent settings_event(const Tenant& tenant, std::string changed, const Actor& actor, TimePoint now) {
  return AuditEvent{.actor = actor.name,
                    .action = "tenant.updated",
                    .subject = "tenant:" + tenant.id.str(),
                    .detail = std::move(changed),
                    .personal = actor.address,
                    .at = now};
}

}  // namespace

SecretPlace connection_string_place(const Hub& hub) {
  return {hub.tenant, "hub", hub.name.str() + "/connection_string"};
}

Status check_update(const TenantState& state, const TenantUpdate& update) {
  if (auto valid = check_settings(settings_after(state.tenant, update)); !valid) return valid;
  if (update.hubs)
    if (auto valid = check_hubs(state, *update.hubs); !valid) return valid;
  if (update.policies)
    if (auto valid = check_policies(*update.policies); !valid) return valid;
  return Done{};
}

Task<Result<TenantState>> TenantUpdates::read(TenantId id) {
  TenantState state;
  auto tenant = co_await store_.find_tenant(id);
  if (!tenant) co_return Error(Errc::tenant_not_found, id.str().substr(0, tenant_id_size_max));
  state.tenant = std::move(*tenant);
  state.hubs = co_await store_.list_hubs(id);
  state.policies = co_await store_.list_policies(id);
  state.entity_tag = tag_of(state);
  co_return state;
}

Task<codec::ConnectionString> TenantUpdates::reveal_connection(Hub hub) {
  if (hub.connection_string.empty())
    co_return codec::ConnectionString{.host = hub.name.str(), .key_name = {}, .key = {}};
  SecretPlace place = connection_string_place(hub);
  const Secret text = co_await vault_.open(std::move(place), hub.connection_string);
  auto connection = codec::parse_connection_string(base::text_view(text.reveal()));
  if (!connection) throw std::logic_error("a stored connection string: " + connection.error().detail());
  co_return std::move(*connection);
}

Task<Result<TenantState>> TenantUpdates::apply(TenantId id, TenantUpdate update, Actor actor) {
  const auto state = co_await read(id);
  if (!state) co_return state.error();
  const auto holds = check(update.precondition, state->entity_tag, Errc::tenant_not_found, id.str());
  if (!holds) co_return holds.error();
  if (const auto valid = check_update(*state, update); !valid) co_return valid.error();

  Write write{.tenant = id, .changes = {}, .audit = {}};
  Tenant tenant = state->tenant;
  std::string changed = change_settings(tenant, update);
  if (changed.empty()) {
    write.changes.emplace_back(Keep{tenant});
  } else {
    write.changes.emplace_back(Put{tenant});
    write.audit.push_back(settings_event(tenant, std::move(changed), actor, clock_.now()));
  }
  if (update.hubs) {
    const auto linked = co_await link_hubs(*state, std::move(*update.hubs), actor, write);
    if (!linked) co_return linked.error();
  }
  if (update.policies) co_await set_policies(*state, std::move(*update.policies), actor, write);
  if (write.audit.empty()) co_return *state;

  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) co_return committed.error();
  co_return co_await read(std::move(id));
}

Task<Status> TenantUpdates::link_hubs(const TenantState& state, std::vector<WantedHub> wanted, Actor actor,
                                      Write& write) {
  const TimePoint now = clock_.now();
  std::set<HubName> named;
  for (auto& one : wanted) {
    const Hub* stored = find_named(state.hubs, HubName(one.connection.host));
    Hub hub = merge(state.tenant, stored, one, now);
    named.insert(hub.name);
    auto connection = co_await connection_of(hub, std::move(one.connection));
    if (!connection) co_return connection.error();
    hub.connection_string = std::move(*connection);
    if (stored != nullptr && !differs(*stored, hub)) continue;
    hub.updated_at = now;
    write.audit.push_back(hub_event(hub, stored == nullptr ? "hub.created" : "hub.updated", actor, now));
    write.audit.back().detail = details_of(hub);
    write.changes.emplace_back(Put{std::move(hub)});
  }
  for (const auto& hub : state.hubs) {
    if (named.contains(hub.name)) continue;
    write.audit.push_back(hub_event(hub, "hub.removed", actor, now));
    write.changes.emplace_back(Remove{hub});
  }
  co_return Done{};
}

Task<Result<SealedSecret>> TenantUpdates::connection_of(Hub stored, codec::ConnectionString wanted) {
  if (wanted.key_name.empty()) co_return SealedSecret{};
  if (!stored.connection_string.empty()) {
    const auto present = co_await reveal_connection(stored);
    if (wanted.is_masked && wanted.key_name != present.key_name)
      co_return invalid("hub " + stored.name.str() + ": the masked key is that of " + present.key_name + ", not of " +
                        wanted.key_name + "; give the key itself");
    const bool same =
        wanted.key_name == present.key_name && base::equal_in_constant_time(wanted.key.reveal(), present.key.reveal());
    if (wanted.is_masked || same) co_return stored.connection_string;
  }
  SecretPlace place = connection_string_place(stored);
  co_return co_await vault_.seal(std::move(place), codec::to_text(wanted));
}

Task<void> TenantUpdates::set_policies(const TenantState& state, std::vector<WantedPolicy> wanted, Actor actor,
                                       Write& write) {
  const TimePoint now = clock_.now();
  std::set<std::string> named;
  for (auto& one : wanted) {
    named.insert(one.name);
    const AccessPolicy* stored = find_named(state.policies, one.name);
    AccessPolicy policy;
    if (stored != nullptr)
      policy = *stored;
    else
      policy.created_at = now;
    policy.tenant = state.tenant.id;
    policy.name = one.name;
    policy.rights = one.rights;
    policy.primary_key = co_await key_of(policy, primary_key, std::move(one.keys.primary));
    policy.secondary_key = co_await key_of(policy, secondary_key, std::move(one.keys.secondary));

    std::string detail = words_of_rights(policy.rights);
    if (stored == nullptr) {
      write.audit.push_back(policy_event(policy, "policy.created", std::move(detail), actor, now));
    } else {
      const bool primary = policy.primary_key != stored->primary_key;
      const bool secondary = policy.secondary_key != stored->secondary_key;
      if (policy.rights != stored->rights)
        write.audit.push_back(policy_event(policy, "policy.updated", std::move(detail), actor, now));
      if (primary) write.audit.push_back(policy_event(policy, "policy.key_set", "primary", actor, now));
      if (secondary) write.audit.push_back(policy_event(policy, "policy.key_set", "secondary", actor, now));
      if (policy.rights == stored->rights && !primary && !secondary) continue;
    }
    write.changes.emplace_back(Put{std::move(policy)});
  }
  for (const auto& policy : state.policies) {
    if (named.contains(policy.name)) continue;
    write.audit.push_back(policy_event(policy, "policy.removed", {}, actor, now));
    write.changes.emplace_back(Remove{policy});
  }
}

Task<SealedSecret> TenantUpdates::key_of(AccessPolicy policy, std::string_view which, Secret wanted) {
  const SealedSecret& present = which == primary_key ? policy.primary_key : policy.secondary_key;
  if (!present.empty()) {
    if (wanted.empty()) co_return present;
    SecretPlace place = key_place(policy, which);
    const Secret key = co_await vault_.open(std::move(place), present);
    if (base::equal_in_constant_time(key.reveal(), wanted.reveal())) co_return present;
  }
  if (wanted.empty()) wanted = random_.secret(policy_key_size);
  SecretPlace place = key_place(policy, which);
  co_return co_await vault_.seal(std::move(place), std::move(wanted));
}

}  // namespace muster::provisioning
