// Proofs without a TPM: a symmetric key, and a certificate.
#pragma once

#include <string_view>

#include "agent/device_key.hpp"
#include "base/secret.hpp"

namespace muster::agent {

/// A symmetric key that the device shares with the service.
class SymmetricDeviceKey final : public DeviceKey {
 public:
  explicit SymmetricDeviceKey(base::Secret key) : key_(std::move(key)) {}

  std::optional<TpmIdentity> tpm_identity() override { return std::nullopt; }
  void import_key(base::ByteView activation_blob) override;
  std::optional<base::Bytes> sign(base::ByteView data) override;

 private:
  base::Secret key_;
};

/// A certificate: the TLS connection proves it, so that nothing is left to sign.
class CertificateDeviceKey final : public DeviceKey {
 public:
  std::optional<TpmIdentity> tpm_identity() override { return std::nullopt; }
  void import_key(base::ByteView activation_blob) override;
  std::optional<base::Bytes> sign(base::ByteView data) override;
};

/// The key of one device of an enrollment group: HMAC-SHA256 under the group's key over the registration id.
/// https://learn.microsoft.com/azure/iot-dps/concepts-symmetric-key-attestation
base::Secret derive_from_group_key(const base::Secret& group_key, std::string_view registration_id);

}  // namespace muster::agent
