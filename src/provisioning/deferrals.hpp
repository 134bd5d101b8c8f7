// Registrations that were put off until their turn.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "provisioning/attestation.hpp"

namespace muster::provisioning {

/// A registration that has to wait: the device asks for this operation again, and then it is done.
struct DeferredOperation {
  std::string operation_id;
  TimePoint turn;
};

/// Makes and reads the operation ids of registrations that were put off. All that a node must know stands in the id:
/// when the turn is and whether the device used force, with a code that only the tenant's data key makes. So any node
/// can go on, and no device can move itself up. What the device sent along is kept in a row until then.
class Deferrals {
 public:
  Deferrals(Store& store, Vault& vault, const base::Clock& clock) : store_(store), vault_(vault), clock_(clock) {}

  /// Whether this looks like the id of a registration that was put off.
  static bool is_operation_id(std::string_view operation_id);

  /// Puts a registration off. Where it has a payload or asks for a certificate, that is durable when this returns.
  Task<Result<DeferredOperation>> put_off(const Caller& caller, TimePoint turn, bool force,
                                          std::optional<JsonText> payload);

  /// What an operation id says that was made for this tenant and this name; nothing for any other id, and for one whose
  /// turn was more than an hour ago.
  struct Turn {
    TimePoint turn;
    bool force = false;
  };
  Task<std::optional<Turn>> read(TenantId tenant, RegistrationId id, std::string operation_id);

  /// What the device sent along with this operation.
  Task<std::optional<DeferredRegistration>> find(TenantId tenant, RegistrationId id, std::string operation_id);
  /// Clears it away, unless somebody else did.
  Task<void> remove(DeferredRegistration deferred);

  /// Clears away what no device came back for, some hundred at a time; returns how many.
  Task<std::size_t> remove_old();

 private:
  Task<std::string> operation_id_of(TenantId tenant, RegistrationId id, std::uint64_t code);

  Store& store_;
  Vault& vault_;
  const base::Clock& clock_;
};

}  // namespace muster::provisioning
