// A certificate as somebody shows it.
#pragma once

#include <memory>

#include "crypto/certificate.hpp"

namespace muster::crypto {

/// Octets that may or may not be a certificate, or one that the cryptographic library has parsed already for the TLS
/// handshake: reading its key once more would cost a hundred microseconds. A copy shares what is parsed.
class PresentedCertificate {
 public:
  PresentedCertificate(Bytes der) : der_(std::move(der)) {}
  /// Takes a reference.
  explicit PresentedCertificate(x509_st* parsed);

  /// Refuses with certificate_malformed.
  base::Result<Certificate> read() const;
  Bytes der() const;

 private:
  Bytes der_;  // empty where it is parsed
  std::shared_ptr<x509_st> parsed_;
};

}  // namespace muster::crypto
