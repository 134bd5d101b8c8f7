#include "provisioning/registrations.hpp"

#include "provisioning/device_changes.hpp"
#include "provisioning/entity_tag.hpp"

namespace muster::provisioning {

using base::Errc;
using base::Error;

Task<Result<DeviceRecord>> Registrations::get(TenantId tenant, RegistrationId id) {
  auto record = co_await store_.find_device(std::move(tenant), id.folded());
  if (!record || !record->registration) co_return Error(Errc::registration_not_found, id.str());
  co_return std::move(*record);
}

Task<Status> Registrations::remove(TenantId tenant, RegistrationId id, Precondition precondition, Actor actor) {
  const auto record = co_await get(tenant, id);
  if (!record) co_return record.error();
  const Registration& registration = *record->registration;
  if (precondition.kind == Precondition::Kind::must_match &&
      precondition.entity_tag != entity_tag(registration.created_at, registration.revision))
    co_return Error(Errc::etag_mismatch, id.str());

  const TimePoint now = clock_.now();
  Write write{.tenant = std::move(tenant), .changes = {}, .audit = {}};
  write.changes.emplace_back(Remove{registration});
  if (const Placement* current = active(record->placements)) {
    Placement ended = *current;
    ended.state = OverlapState::revoked;
    ended.valid_until = now;
    write.changes.emplace_back(Put{std::move(ended)});
  }
  write.audit.push_back({.actor = actor.name,
                         .action = "registration.removed",
                         .subject = "device:" + record->device.name.str(),
                         .detail = "was assigned to " + registration.hub.str(),
                         .personal = actor.address,
                         .at = now});
  co_return co_await store_.commit(std::move(write));
}

}  // namespace muster::provisioning
