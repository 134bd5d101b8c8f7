#include "crypto/presented_certificate.hpp"

#include <openssl/x509.h>

#include <stdexcept>

#include "crypto/native.hpp"

namespace muster::crypto {

PresentedCertificate::PresentedCertificate(x509_st* parsed) {
  if (X509_up_ref(parsed) != 1) throw std::runtime_error("X509_up_ref failed");
  parsed_ = {parsed, X509_free};
}

base::Result<Certificate> PresentedCertificate::read() const {
  return parsed_ ? Certificate::from_native(parsed_.get()) : Certificate::from_der(der_);
}

Bytes PresentedCertificate::der() const { return parsed_ ? native::encode(parsed_.get(), i2d_X509) : der_; }

}  // namespace muster::crypto
