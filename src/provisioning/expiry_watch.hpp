// Looks for authorities whose certificates end soon, before devices are refused because of it.
#pragma once

#include "provisioning/store.hpp"

namespace muster::provisioning {

/// An authority's certificate that ends soon or has ended.
struct ExpiryWarning {
  TenantId tenant;
  std::string subject;     ///< "ca:NAME", "group:ID" or "authority:KIND"
  std::string warning;     ///< "expires in 6 days"
  std::string thumbprint;  ///< SHA-256
  TimePoint not_after;
};

/// Looks at each tenant's uploaded CA certificates, the signing certificates of its groups and its own device CA; for a
/// background task, once a day.
class ExpiryWatch {
 public:
  ExpiryWatch(Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}

  /// All that end within the first threshold of expiry.hpp. Each that crossed a threshold gets an audit record for it,
  /// unless one stands among the tenant's last `records_looked_at`.
  Task<std::vector<ExpiryWarning>> check();

  static constexpr std::size_t records_looked_at = 10'000;

 private:
  Task<std::vector<ExpiryWarning>> find(TenantId tenant);
  Task<void> record(TenantId tenant, std::vector<AuditEvent> events);

  Store& store_;
  const base::Clock& clock_;
};

}  // namespace muster::provisioning
