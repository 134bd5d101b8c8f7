// What let a device in, short enough to be kept by a decision that takes long.
#pragma once

#include <optional>
#include <string>

#include "provisioning/trust.hpp"

namespace muster::provisioning {

/// Compared with what is there later, they tell whether the proof that a device gave is still one.
struct Grounds {
  Bytes digest;           ///< SHA-256; empty: not known, in what an older release wrote
  std::string authority;  ///< the name of the CA certificate that the enrollment refers to; empty: it refers to none
  bool operator==(const Grounds&) const = default;
};

/// Over all that the evidence was held against: the enrollment's keys, certificates and references, and the CA
/// certificate. Left out are the keys that a vendor group lists, since a later look at the list says more.
Grounds grounds_of(const Attestation& attestation, const std::optional<CaCertificate>& authority);

}  // namespace muster::provisioning
