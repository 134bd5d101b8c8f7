#include "provisioning/devices.hpp"

#include "provisioning/entity_tag.hpp"
#include "provisioning/precondition.hpp"
#include "provisioning/revocations.hpp"

namespace muster::provisioning {
namespace {

using base::Errc;
using base::Error;

/// More than one device can have (unexpired_certificates_max).
constexpr std::size_t certificates_looked_at_max = 1000;

template <class T>
void remove_all(std::vector<Change>& changes, const std::vector<T>& rows) {
  for (const auto& row : rows) changes.emplace_back(Remove{row});
}

}  // namespace

Task<Result<DeviceRecord>> Devices::get(TenantId tenant, std::string name_or_id) {
  if (const auto id = Uuid::parse(name_or_id)) {
    auto found = co_await store_.find_device(tenant, *id);
    if (found) co_return std::move(*found);
  }
  if (const auto name = RegistrationId::parse(name_or_id)) {
    auto found = co_await store_.find_device(tenant, name->folded());
    if (found) co_return std::move(*found);
  }
  co_return Error(Errc::device_not_found, name_or_id);
}

Task<Status> Devices::remove(DeviceRecord record, Precondition precondition, Actor actor) {
  const Device& device = record.device;
  const auto holds =
      check(precondition, entity_tag(device.created_at, device.revision), Errc::device_not_found, device.name.str());
  if (!holds) co_return holds.error();

  const auto challenges = co_await store_.list_challenges(device.tenant, device.name.folded());
  const auto refusals = co_await store_.list_refusals(device.tenant, device.name.folded());
  Page all{.after = {}, .limit = certificates_looked_at_max};
  auto certificates = co_await store_.list_device_certificates(device.tenant, device.id, std::move(all));
  Write write{.tenant = device.tenant, .changes = {}, .audit = {}};
  remove_all(write.changes, challenges);
  remove_all(write.changes, refusals);
  const TimePoint now = clock_.now();
  for (auto& issued : certificates) {
    if (issued.revoked_at || issued.not_after < now) continue;
    write.changes.push_back(revocation(issued, RevocationReason::cessation_of_operation, now));
    write.audit.push_back(revocation_event(issued, actor, now));
  }
  if (record.registration) write.changes.emplace_back(Remove{*record.registration});
  remove_all(write.changes, record.ownerships);
  remove_all(write.changes, record.placements);
  remove_all(write.changes, record.credentials);
  remove_all(write.changes, record.identities);
  write.changes.emplace_back(Remove{device});
  write.audit.push_back(AuditEvent{.actor = std::move(actor.name),
                                   .action = "device.removed",
                                   .subject = "device:" + device.name.str(),
                                   .detail = device.id.str(),
                                   .personal = std::move(actor.address),
                                   .at = now});
  co_return co_await store_.commit(std::move(write));
}

}  // namespace muster::provisioning
