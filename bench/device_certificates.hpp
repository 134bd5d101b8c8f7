// Certificates for simulated devices, issued by an authority that the servers know.
#pragma once

#include <memory>
#include <string>

struct evp_pkey_st;
struct x509_st;

namespace muster::bench {

using KeyPtr = std::shared_ptr<evp_pkey_st>;
using CertificatePtr = std::shared_ptr<x509_st>;

/// What a device shows in TLS.
struct DeviceIdentity {
  CertificatePtr certificate;
  KeyPtr key;
};

/// Issues a leaf for each device. All of them share one key, because keys cost the generator time and the servers
/// nothing.
class DeviceCertificates {
 public:
  /// The authority's certificate and its P-256 key, both PEM. Throws std::runtime_error where they cannot be read.
  DeviceCertificates(const std::string& authority_file, const std::string& authority_key_file);

  /// A new certificate for this common name. Safe to call from any thread.
  DeviceIdentity issue(const std::string& common_name) const;

 private:
  CertificatePtr authority_;
  KeyPtr authority_key_;
  KeyPtr device_key_;
};

}  // namespace muster::bench
