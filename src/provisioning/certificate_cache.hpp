// Certificates of enrollments, parsed once.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "crypto/certificate.hpp"

namespace muster::provisioning {

/// Parsing a certificate costs a hundred microseconds, and an enrollment group's are looked at in every registration.
/// Keeps the parsed form by the octets themselves, so that a changed enrollment needs no invalidation. Any thread.
class CertificateCache {
 public:
  /// The certificate of DER octets that were checked when they were enrolled; nothing for no octets. Throws where they
  /// do not parse: the database was changed behind Muster's back.
  std::optional<crypto::Certificate> get(const base::Bytes& der);

 private:
  static constexpr std::size_t size_max = 4096;
  std::mutex mutex_;  // held for look-ups only, never while parsing
  std::map<base::Bytes, crypto::Certificate> parsed_;
};

}  // namespace muster::provisioning
