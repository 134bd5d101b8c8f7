// What a device proves itself with, as the protocol sees it: a TPM, a certificate or a symmetric key.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace muster::agent {

/// What a TPM shows of itself when it registers.
struct TpmIdentity {
  base::Bytes endorsement_key;                             ///< TPM2B_PUBLIC
  base::Bytes storage_root_key;                            ///< TPM2B_PUBLIC
  std::optional<base::Bytes> endorsement_key_certificate;  ///< DER; only where it is to be sent
  std::vector<base::Bytes> endorsement_key_intermediates;  ///< DER
};

/// A device's proof. Used by one thread. A device that shows a TPM identity can sign only once it has imported the key
/// of the service's challenge.
class DeviceKey {
 public:
  virtual ~DeviceKey() = default;

  /// Nothing where the proof is no TPM.
  virtual std::optional<TpmIdentity> tpm_identity() = 0;

  /// Takes over the key inside the service's `authenticationKey`, in place of the former one. Throws Failure where it
  /// cannot: the TPM refuses it, or the proof is no TPM.
  virtual void import_key(base::ByteView activation_blob) = 0;

  /// HMAC-SHA256 under the device's key; nothing where the proof is TLS's and nothing needs signing.
  virtual std::optional<base::Bytes> sign(base::ByteView data) = 0;
};

}  // namespace muster::agent
