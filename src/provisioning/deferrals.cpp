#include "provisioning/deferrals.hpp"

#include <array>
#include <charconv>

#include "base/secret.hpp"
#include "provisioning/removal.hpp"

namespace muster::provisioning {
namespace {

using base::Errc;
using base::Error;

// As Azure's operation ids, but for the first digit: "4.", sixteen hexadecimal digits, ".", a UUID.
constexpr std::string_view prefix = "4.";
constexpr std::size_t code_digits = 16;
constexpr std::size_t uuid_size = 36;
constexpr std::size_t operation_id_size = prefix.size() + code_digits + 1 + uuid_size;

constexpr std::chrono::hours late_max{1};
/// No turn is further ahead than this (provisioning/pacing.hpp), and none is good for longer than `late_max`.
constexpr std::chrono::hours kept{2};
constexpr std::size_t old_page = 256;
constexpr int write_attempts_max = 8;

/// The turn in microseconds since 1970, and in the last bit whether the device used force.
std::uint64_t code_of(TimePoint turn, bool force) {
  return static_cast<std::uint64_t>(base::to_unix_microseconds(turn)) << 1U | (force ? 1U : 0U);
}

Bytes octets_of(std::uint64_t code) {
  Bytes octets;
  for (int shift = 56; shift >= 0; shift -= 8)
    octets.push_back(static_cast<std::uint8_t>(code >> static_cast<unsigned>(shift)));
  return octets;
}

}  // namespace

bool Deferrals::is_operation_id(std::string_view operation_id) {
  return operation_id.size() == operation_id_size && operation_id.starts_with(prefix);
}

Task<std::string> Deferrals::operation_id_of(TenantId tenant, RegistrationId id, std::uint64_t code) {
  const Bytes octets = octets_of(code);
  SecretPlace place{std::move(tenant), "deferred_registration", id.folded()};
  const Bytes vouched = co_await vault_.authentication_code(std::move(place), octets);
  co_return std::string(prefix) + base::to_hex(octets) + "." + Uuid::from_bytes(ByteView(vouched).first(16)).str();
}

Task<Result<DeferredOperation>> Deferrals::put_off(const Caller& caller, TimePoint turn, bool force,
                                                   std::optional<JsonText> payload) {
  DeferredOperation operation{.operation_id = {}, .turn = turn};
  operation.operation_id = co_await operation_id_of(caller.tenant.id, caller.registration_id, code_of(turn, force));
  if (!payload && caller.signing_request.empty()) co_return operation;

  for (int attempt = 0; attempt < write_attempts_max; ++attempt) {
    const auto stored = co_await store_.find_deferred(caller.tenant.id, caller.registration_id.folded());
    DeferredRegistration row{.tenant = caller.tenant.id,
                             .registration_id = caller.registration_id,
                             .operation_id = operation.operation_id,
                             .payload = payload.value_or(JsonText{}),
                             .created_at = clock_.now(),
                             .signing_request = caller.signing_request,
                             .revision = stored ? stored->revision : 0};
    Write write{.tenant = caller.tenant.id, .changes = {}, .audit = {}};
    write.changes.emplace_back(Put{std::move(row)});
    const auto committed = co_await store_.commit(std::move(write));
    if (committed) co_return operation;
    if (committed.error().code() != Errc::revision_conflict) co_return committed.error();
  }
  co_return Error(Errc::busy, "too many registrations of " + caller.registration_id.str() + " at the same time");
}

Task<std::optional<Deferrals::Turn>> Deferrals::read(TenantId tenant, RegistrationId id, std::string operation_id) {
  if (!is_operation_id(operation_id)) co_return std::nullopt;
  std::uint64_t code = 0;
  const char* digits = operation_id.data() + prefix.size();
  const auto read = std::from_chars(digits, digits + code_digits, code, 16);
  if (read.ec != std::errc() || read.ptr != digits + code_digits) co_return std::nullopt;
  const std::string expected = co_await operation_id_of(std::move(tenant), std::move(id), code);
  if (!base::equal_in_constant_time(base::view(expected), base::view(operation_id))) co_return std::nullopt;
  const Turn turn{.turn = base::from_unix_microseconds(static_cast<std::int64_t>(code >> 1U)),
                  .force = (code & 1U) != 0};
  if (turn.turn + late_max < clock_.now()) co_return std::nullopt;
  co_return turn;
}

Task<std::optional<DeferredRegistration>> Deferrals::find(TenantId tenant, RegistrationId id,
                                                          std::string operation_id) {
  auto stored = co_await store_.find_deferred(std::move(tenant), id.folded());
  if (!stored || stored->operation_id != operation_id) co_return std::nullopt;
  co_return stored;
}

Task<void> Deferrals::remove(DeferredRegistration deferred) {
  Write write{.tenant = deferred.tenant, .changes = {}, .audit = {}};
  write.changes.emplace_back(Remove{std::move(deferred)});
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed && committed.error().code() != Errc::revision_conflict)
    throw std::runtime_error("a deferred registration: " + base::to_string(committed.error()));
}

Task<std::size_t> Deferrals::remove_old() {
  auto old = co_await store_.list_deferred_before(clock_.now() - kept, old_page);
  co_return co_await remove_rows(store_, std::move(old), "deferred registrations");
}

}  // namespace muster::provisioning
