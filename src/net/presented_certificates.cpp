#include "net/presented_certificates.hpp"

#include <openssl/x509.h>

#include <stdexcept>

namespace muster::net {

base::Bytes encode(x509_st* certificate) {
  const int size = i2d_X509(certificate, nullptr);
  if (size <= 0) throw std::runtime_error("a client certificate cannot be encoded");
  base::Bytes der(static_cast<std::size_t>(size));
  unsigned char* out = der.data();
  i2d_X509(certificate, &out);
  return der;
}

PresentedCertificates::PresentedCertificates(x509_st* leaf, std::vector<base::Bytes> issuers)
    : der_(std::move(issuers)) {
  if (X509_up_ref(leaf) != 1) throw std::runtime_error("X509_up_ref failed");
  leaf_.reset(leaf, &X509_free);
}

std::vector<base::Bytes> PresentedCertificates::encoded() const {
  if (!leaf_) return der_;
  std::vector<base::Bytes> all{encode(leaf_.get())};
  all.insert(all.end(), der_.begin(), der_.end());
  return all;
}

}  // namespace muster::net
