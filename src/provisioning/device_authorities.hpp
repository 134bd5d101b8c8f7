// The device CAs of tenants, ready to sign.
#pragma once

#include <mutex>
#include <set>

#include "crypto/signer.hpp"
#include "provisioning/authorities.hpp"
#include "provisioning/certificate_cache.hpp"

namespace muster::provisioning {

/// What signs the certificates of a tenant's devices.
struct DeviceAuthority {
  Uuid id;             ///< of the issuing authority
  std::string key_id;  ///< what the signer knows its key by
  crypto::Certificate issuing;
  crypto::Certificate root;
};

/// Opens a tenant's issuing key once and keeps it, and the certificates in their parsed form. Any thread.
class DeviceAuthorities {
 public:
  DeviceAuthorities(Store& store, Vault& vault) : store_(store), vault_(vault) {}

  /// The active one; throws where the tenant has none.
  Task<DeviceAuthority> find(TenantId tenant);

  crypto::Signer& signer() { return signer_; }

 private:
  Store& store_;
  Vault& vault_;
  CertificateCache certificates_;
  crypto::KeyringSigner signer_;
  std::mutex mutex_;  // held for look-ups only
  std::set<std::string> open_;
};

}  // namespace muster::provisioning
