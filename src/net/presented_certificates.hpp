// What a client presented in TLS.
#pragma once

#include <memory>
#include <vector>

#include "base/bytes.hpp"

struct x509_st;

namespace muster::net {

/// DER. Throws std::runtime_error where OpenSSL cannot encode it.
base::Bytes encode(x509_st* certificate);

/// The certificates of one client, leaf first. Possession of the leaf's key is proven; nothing else about them is. The
/// leaf is kept as TLS has it anyway and encoded when somebody asks: connections are many, and most ask once.
class PresentedCertificates {
 public:
  PresentedCertificates() = default;
  /// All of them as DER.
  explicit PresentedCertificates(std::vector<base::Bytes> der) : der_(std::move(der)) {}
  /// `leaf` (another reference is taken) and, as DER, those that issued it.
  PresentedCertificates(x509_st* leaf, std::vector<base::Bytes> issuers);

  bool empty() const { return !leaf_ && der_.empty(); }
  /// DER; throws as `encode` does.
  std::vector<base::Bytes> encoded() const;

 private:
  std::shared_ptr<x509_st> leaf_;
  std::vector<base::Bytes> der_;  // all of them, or all but the leaf where that is kept
};

}  // namespace muster::net
