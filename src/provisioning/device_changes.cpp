#include "provisioning/device_changes.hpp"

#include <algorithm>
#include <iterator>

#include "provisioning/names.hpp"
#include "provisioning/registration_basis.hpp"
#include "provisioning/reprovision.hpp"

namespace muster::provisioning {
namespace {

template <class T, class Condition>
const T* find_active(const std::vector<T>& rows, Condition condition) {
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const T& row) { return row.state == OverlapState::active && condition(row); });
  return found == rows.end() ? nullptr : &*found;
}

template <class T>
const T* find_active(const std::vector<T>& rows) {
  return find_active(rows, [](const T&) { return true; });
}

/// What tells the enrollment that let the device in from any other state of it.
Row enrollment_row(const Caller& caller, const Attested& attested) {
  if (attested.enrollment.is_group) {
    EnrollmentGroup group;
    group.tenant = caller.tenant.id;
    group.id = GroupId(attested.enrollment.id);
    group.revision = attested.enrollment_revision;
    group.created_at = attested.enrollment_created_at;
    return group;
  }
  Enrollment enrollment;
  enrollment.tenant = caller.tenant.id;
  enrollment.registration_id = caller.registration_id;
  enrollment.revision = attested.enrollment_revision;
  enrollment.created_at = attested.enrollment_created_at;
  return enrollment;
}

/// Azure's form: a digit, sixteen hexadecimal digits and a UUID.
std::string draw_operation_id(base::Random& random) {
  return "5." + base::to_hex(random.bytes(8)) + "." + Uuid::draw(random).str();
}

AttestationKind attested_by(const Attested& attested) { return kind_of(attested.terms.attestation); }

}  // namespace

const Credential* active(const std::vector<Credential>& credentials) { return find_active(credentials); }

const Identity* active(const std::vector<Identity>& identities, IdentityKind kind) {
  return find_active(identities, [kind](const Identity& identity) { return identity.kind == kind; });
}

const Placement* active(const std::vector<Placement>& placements) { return find_active(placements); }

DeviceChanges::DeviceChanges(const Caller& caller, const Attested& attested, std::optional<DeviceRecord> stored,
                             TimePoint now, base::Random& random)
    : caller_(caller), attested_(attested), now_(now), random_(random), is_new_(!stored) {
  write_.tenant = caller.tenant.id;
  write_.limits = caller.tenant.limits;
  if (caller.names_basis) write_.basis = caller.basis->stamp();
  keep(caller.tenant);
  keep(enrollment_row(caller, attested));
  if (attested.authority) keep(*attested.authority);
  if (attested.issued) keep(*attested.issued);
  if (stored) {
    record_ = std::move(*stored);
    if (const Placement* current = active(record_.placements)) previous_hub_ = current->hub;
  } else {
    record_.device.tenant = caller.tenant.id;
    record_.device.id = Uuid::draw_ordered(now, random);
    record_.device.name = caller.registration_id;
    record_.device.created_at = now;
  }
  Device& device = record_.device;
  const std::string hub_device_id = attested.hub_device_id.empty() ? device.name.str() : attested.hub_device_id;
  const bool changed = device.hub_device_id != hub_device_id || device.enrollment != attested.enrollment;
  if (is_new_ || changed) {
    device.hub_device_id = hub_device_id;
    device.enrollment = attested.enrollment;
    device.updated_at = now;
    write_.changes.emplace_back(Put{device});
  }
  if (is_new_) {
    auto ownership = fresh_row<Ownership>();
    ownership.owner = caller.tenant.name;
    replace(record_.ownerships, static_cast<const Ownership*>(nullptr), std::move(ownership));
  }
}

template <class T>
T DeviceChanges::fresh_row() {
  T row;
  row.tenant = record_.device.tenant;
  row.device = record_.device.id;
  row.id = Uuid::draw(random_);
  row.state = OverlapState::active;
  row.valid_from = now_;
  return row;
}

template <class T>
void DeviceChanges::replace(std::vector<T>& rows, const T* old, T fresh) {
  if (old != nullptr) {
    const auto at = rows.begin() + (old - rows.data());
    at->state = OverlapState::revoked;
    at->valid_until = now_;
    fresh.predecessor = at->id;
    write_.changes.emplace_back(Put{*at});
  }
  if (rows.size() >= history_max) forget_oldest(rows, fresh.predecessor);
  write_.changes.emplace_back(Put{fresh});
  rows.push_back(std::move(fresh));
}

template <class T>
void DeviceChanges::forget_oldest(std::vector<T>& rows, const std::optional<Uuid>& kept) {
  auto oldest = rows.end();
  for (auto row = rows.begin(); row != rows.end(); ++row)
    if (row->state == OverlapState::revoked && row->id != kept &&
        (oldest == rows.end() || row->valid_until < oldest->valid_until))
      oldest = row;
  if (oldest == rows.end()) return;
  write_.changes.emplace_back(Remove{*oldest});
  rows.erase(oldest);
}

bool DeviceChanges::keeps_hub(std::span<const Hub> linked) const {
  const bool is_linked =
      std::any_of(linked.begin(), linked.end(), [&](const Hub& hub) { return hub.name == previous_hub_; });
  return provisioning::keeps_hub(attested_.terms.reprovision, previous_hub_, is_linked);
}

void DeviceChanges::place_at(const HubName& hub, const JsonText& webhook_twin, JsonText returned_payload) {
  returned_payload_ = std::move(returned_payload);
  const Placement* current = active(record_.placements);
  if (current != nullptr && current->hub == hub) return;
  auto placement = fresh_row<Placement>();
  placement.hub = hub;
  // A registration that was deleted begins anew, wherever the device was before.
  DeviceData data = data_in_new_hub(attested_.terms, record_.registration ? current : nullptr, webhook_twin);
  placement.twin = std::move(data.twin);
  placement.iot_edge = data.iot_edge;
  replace(record_.placements, current, std::move(placement));
}

void DeviceChanges::identify(IdentityKind kind, Bytes fingerprint, Bytes public_part) {
  const Identity* current = active(record_.identities, kind);
  if (current != nullptr && current->fingerprint == fingerprint) return;
  hardware_changed_ = true;
  auto identity = fresh_row<Identity>();
  identity.kind = kind;
  identity.fingerprint = std::move(fingerprint);
  identity.public_part = std::move(public_part);
  replace(record_.identities, current, std::move(identity));
}

void DeviceChanges::give_credential(CredentialKind kind, Bytes fingerprint) {
  const Credential* current = active(record_.credentials);
  if (current != nullptr && current->kind == kind && current->fingerprint == fingerprint) return;
  auto credential = fresh_row<Credential>();
  credential.kind = kind;
  credential.fingerprint = std::move(fingerprint);
  replace(record_.credentials, current, std::move(credential));
}

std::optional<Credential> DeviceChanges::need_hub_key() {
  const Credential* current = active(record_.credentials);
  if (!hardware_changed_ && current != nullptr && current->kind == CredentialKind::hub_symmetric_key)
    return std::nullopt;
  auto credential = fresh_row<Credential>();
  credential.kind = CredentialKind::hub_symmetric_key;
  return credential;
}

void DeviceChanges::give_hub_key(Credential credential, SealedSecret sealed) {
  credential.secret = std::move(sealed);
  replace(record_.credentials, active(record_.credentials), std::move(credential));
}

Registration DeviceChanges::registration() const {
  if (record_.registration) return *record_.registration;
  Registration fresh;
  fresh.tenant = record_.device.tenant;
  fresh.device = record_.device.id;
  fresh.operation_id = draw_operation_id(random_);
  fresh.created_at = now_;
  return fresh;
}

void DeviceChanges::put(Registration registration) {
  if (!caller_.operation_id.empty()) registration.operation_id = caller_.operation_id;
  registration.attestation = attested_by(attested_);
  registration.updated_at = now_;
  if (!certificate_serial_.empty()) registration.certificate_serial = certificate_serial_;
  write_.changes.emplace_back(Put{registration});
  record_.registration = std::move(registration);
}

std::string DeviceChanges::under() const {
  return std::string(name_of(attested_by(attested_))) + " under " +
         (attested_.enrollment.is_group ? "group " : "enrollment ") + attested_.enrollment.id;
}

void DeviceChanges::report(std::string action, std::string detail) {
  const std::string name = "device:" + record_.device.name.str();
  write_.audit.push_back({.actor = name,
                          .action = std::move(action),
                          .subject = name,
                          .detail = std::move(detail),
                          .personal = caller_.address,
                          .at = now_});
}

void DeviceChanges::keep(Row row) {
  const bool is_part_of_basis =
      !std::holds_alternative<Enrollment>(row) && !std::holds_alternative<IssuedCertificate>(row);
  if (write_.basis && is_part_of_basis) return;
  write_.changes.emplace_back(Keep{std::move(row)});
}

bool DeviceChanges::is_changed() const {
  return !std::ranges::all_of(write_.changes,
                              [](const Change& change) { return std::holds_alternative<Keep>(change); });
}

void DeviceChanges::certify(Issuance issuance) {
  certificate_serial_ = std::move(issuance.serial);
  std::ranges::move(issuance.changes, std::back_inserter(write_.changes));
  std::ranges::move(issuance.audit, std::back_inserter(write_.audit));
}

void DeviceChanges::finish(const std::optional<JsonText>& payload) {
  Registration registration = this->registration();
  registration.hub = active(record_.placements)->hub;
  registration.status = RegistrationStatus::assigned;
  // A registration that was deleted begins anew, wherever the device was before.
  registration.substatus =
      substatus_of(attested_.terms.reprovision, record_.registration ? previous_hub_ : std::nullopt, registration.hub);
  if (payload) registration.payload = *payload;
  if (returned_payload_) registration.returned_payload = std::move(*returned_payload_);
  registration.refusal.clear();
  registration.failure.clear();
  registration.failure_detail.clear();
  report("device.registered",
         under() + ", " + std::string(name_of(registration.substatus)) + " at " + registration.hub.str());
  put(std::move(registration));
}

void DeviceChanges::begin(const std::optional<JsonText>& payload) {
  Registration registration = this->registration();
  registration.status = RegistrationStatus::assigning;
  if (payload) registration.payload = *payload;
  registration.failure.clear();
  registration.failure_detail.clear();
  report("device.assigning", under() + ", waits for the allocation webhook");
  put(std::move(registration));
}

Write DeviceChanges::write() && { return std::move(write_); }

}  // namespace muster::provisioning
