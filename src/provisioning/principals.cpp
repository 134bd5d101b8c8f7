#include "provisioning/principals.hpp"

#include <algorithm>

#include "crypto/hash.hpp"
#include "provisioning/names.hpp"

namespace muster::provisioning {
namespace {

using base::Done;
using base::Errc;
using base::Error;

constexpr std::size_t token_size = token_prefix.size() + 2 * token_random_size;

Error invalid(std::string detail) { return Error(Errc::invalid_argument, std::move(detail)); }

bool is_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._@").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= principal_name_size_max && std::ranges::all_of(text, allowed);
}

Status check_principal(const Principal& wanted, TimePoint now) {
  if (!is_name(wanted.name)) return invalid("a principal's name has 1 to 64 letters, digits and - . _ @");
  // A tenant's administrator who could make a platform principal would administer every tenant.
  if ((wanted.role == Role::platform) != (wanted.tenant == platform_tenant))
    return invalid("the role platform belongs to the platform's own tenant, and only that role does");
  if (wanted.role == Role::platform && !wanted.scope.empty()) return invalid("the role platform has no scope");
  if (wanted.expires_at && *wanted.expires_at <= now) return invalid("the expiry has passed");
  return Done{};
}

AuditEvent event(const Principal& principal, std::string action, Actor actor, TimePoint now) {
  std::string detail = "role " + std::string(name_of(principal.role));
  if (!principal.scope.empty()) detail += ", scope " + principal.scope;
  return AuditEvent{.actor = std::move(actor.name),
                    .action = std::move(action),
                    .subject = "principal:" + principal.name,
                    .detail = std::move(detail),
                    .personal = std::move(actor.address),
                    .at = now};
}

}  // namespace

Secret draw_token(base::Random& random) {
  const Secret drawn = random.secret(token_random_size);
  std::string text(token_prefix);
  text.reserve(token_size);
  std::string digits = base::to_hex(drawn.reveal());
  text += digits;
  base::wipe(digits);
  Secret token(base::to_bytes(text));
  base::wipe(text);
  return token;
}

Bytes hash_token(ByteView token) { return crypto::hash(crypto::HashAlgorithm::sha256, token); }

Task<Result<Principal>> Principals::authenticate(Secret token) {
  const std::string_view text = base::text_view(token.reveal());
  if (text.size() != token_size || !text.starts_with(token_prefix))
    co_return Error(Errc::credentials_malformed, "a token is mst_ and 64 hexadecimal digits");
  auto principal = co_await store_.find_principal(hash_token(token.reveal()));
  if (!principal) co_return Error(Errc::signature_mismatch, "no principal has this token");
  if (principal->expires_at && *principal->expires_at <= clock_.now())
    co_return Error(Errc::principal_expired,
                    principal->name + " expired at " + base::to_rfc3339(*principal->expires_at));
  co_return std::move(*principal);
}

Task<Result<NewPrincipal>> Principals::add(Principal wanted, Actor actor) {
  const TimePoint now = clock_.now();
  if (const auto valid = check_principal(wanted, now); !valid) co_return valid.error();
  if (!wanted.scope.empty()) {
    wanted.scope = base::to_lower(wanted.scope);
    const auto group = co_await store_.find_group(wanted.tenant, GroupId(wanted.scope));
    if (!group) co_return invalid("there is no enrollment group " + wanted.scope + " to be the scope");
  }
  const auto namesake = co_await get(wanted.tenant, wanted.name);
  if (namesake) co_return Error(Errc::already_exists, wanted.name);
  const auto known = co_await store_.list_principals(wanted.tenant);
  if (known.size() >= principals_max) co_return Error(Errc::quota_exceeded, "the tenant has 1000 principals");

  NewPrincipal made;
  made.token = draw_token(random_);
  made.principal = std::move(wanted);
  made.principal.id = Uuid::draw(random_);
  made.principal.token_hash = hash_token(made.token.reveal());
  made.principal.created_at = now;
  made.principal.revision = 0;

  Write write{.tenant = made.principal.tenant, .changes = {}, .audit = {}};
  write.changes.emplace_back(Put{made.principal});
  write.audit.push_back(event(made.principal, "principal.created", std::move(actor), now));
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) co_return committed.error();
  ++made.principal.revision;
  co_return made;
}

Task<Result<Principal>> Principals::get(TenantId tenant, std::string name) {
  auto stored = co_await store_.find_principal(std::move(tenant), name);
  if (!stored) co_return Error(Errc::principal_not_found, std::move(name));
  co_return std::move(*stored);
}

Task<Status> Principals::remove(TenantId tenant, std::string name, Actor actor) {
  const auto stored = co_await get(tenant, std::move(name));
  if (!stored) co_return stored.error();
  Write write{.tenant = std::move(tenant), .changes = {}, .audit = {}};
  write.changes.emplace_back(Remove{*stored});
  write.audit.push_back(event(*stored, "principal.removed", std::move(actor), clock_.now()));
  co_return co_await store_.commit(std::move(write));
}

}  // namespace muster::provisioning
