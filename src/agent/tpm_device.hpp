// The device's TPM, through tpm2-tss. Its .cpp is the only file of Muster that includes TSS headers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/device_key.hpp"
#include "base/secret.hpp"

namespace muster::agent {

/// The endorsement keys of the TCG EK Credential Profile: templates L-1, L-2 and H-3.
enum class EndorsementKeyKind { rsa2048, p256, p384 };

/// A TPM 2.0. All hierarchies must have empty authorisations. Every function throws Failure (tpm), with the TSS's own
/// words, where the TPM refuses. For one thread; other processes may use the TPM between calls only if a resource
/// manager stands before it.
class TpmDevice {
 public:
  /// `tcti` as tpm2-tools take it: "device:/dev/tpmrm0", "swtpm:path=/run/tpm.sock"; empty: what the TSS finds.
  TpmDevice(const std::string& tcti, EndorsementKeyKind kind);
  ~TpmDevice();

  /// TPM2B_PUBLIC of the key at 81010001, 8101000A or 81010016; made from its template and kept there where the
  /// handle is empty.
  const base::Bytes& endorsement_key() const;
  /// TPM2B_PUBLIC of the key at 81000001; made (RSA-2048) and kept there where the handle is empty.
  const base::Bytes& storage_root_key() const;

  /// The manufacturer's certificate for the endorsement key, as it stands in NV, without the padding that may follow
  /// it there; nothing where there is none.
  std::optional<base::Bytes> endorsement_certificate();

  /// Opens an `authenticationKey` of Azure's Device Provisioning Service (activates the credential, imports the key
  /// under the storage root key) and keeps its key at 81000100 in place of the former one. The former key
  /// stays where the new one cannot be opened or imported. Throws Failure (unexpected_answer) where the blob is
  /// malformed.
  void import_key(base::ByteView activation_blob);

  /// HMAC-SHA256 under the key at 81000100; at most 1024 octets of data.
  base::Bytes hmac(base::ByteView data);

 private:
  class Session;
  std::unique_ptr<Session> session_;
};

/// A TPM as the proof of a registration.
class TpmDeviceKey final : public DeviceKey {
 public:
  /// `tpm` must outlive it. With `send_certificate`, the registration shows the endorsement key's certificate, and
  /// `intermediates` (DER) between it and the manufacturer's root: Muster's extension of Azure's protocol.
  TpmDeviceKey(TpmDevice& tpm, bool send_certificate, std::vector<base::Bytes> intermediates)
      : tpm_(tpm), send_certificate_(send_certificate), intermediates_(std::move(intermediates)) {}

  /// Throws Failure (tpm) where the certificate is to be sent and the TPM has none.
  std::optional<TpmIdentity> tpm_identity() override;
  void import_key(base::ByteView activation_blob) override;
  std::optional<base::Bytes> sign(base::ByteView data) override;

 private:
  TpmDevice& tpm_;
  bool send_certificate_;
  std::vector<base::Bytes> intermediates_;
};

}  // namespace muster::agent
