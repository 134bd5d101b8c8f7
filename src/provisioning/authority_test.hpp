// Certificates as tests need them. Included by tests only.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/run_task.hpp"
#include "ca/certificate_builder.hpp"
#include "provisioning/enrollment.hpp"

namespace muster::provisioning {

/// An authority with its key, valid for 20 days around the time that it is made with.
class TestAuthority {
 public:
  /// A root, or an authority below `parent`.
  TestAuthority(std::string name, TimePoint now, const TestAuthority* parent = nullptr)
      : now_(now), certificate_(sign(request(std::move(name), key_.public_key(), true), parent)) {}

  const crypto::Certificate& certificate() const { return certificate_; }
  const Bytes& der() const { return certificate_.der(); }

  /// A device's certificate, in DER.
  Bytes issue(std::string common_name, const crypto::PublicKey& key) const {
    return sign(request(std::move(common_name), key, false), this).der();
  }
  Bytes issue(std::string common_name) const {
    return issue(std::move(common_name), crypto::PrivateKey::generate_p256().public_key());
  }

 private:
  ca::CertificateRequest request(std::string common_name, crypto::PublicKey key, bool is_ca) const {
    return {.common_name = std::move(common_name),
            .organization = std::nullopt,
            .dns_names = {},
            .ip_addresses = {},
            .key = std::move(key),
            .not_before = now_ - std::chrono::hours(10 * 24),
            .not_after = now_ + std::chrono::hours(10 * 24),
            .is_ca = is_ca,
            .path_length = std::nullopt};
  }

  crypto::Certificate sign(ca::CertificateRequest wanted, const TestAuthority* issuer) const {
    crypto::KeyringSigner signer;
    signer.add("issuer", issuer == nullptr ? key_ : issuer->key_);
    std::optional<crypto::Certificate> issued_by;
    if (issuer != nullptr) issued_by = issuer->certificate_;
    base::SystemRandom random;
    auto made = base::run_task(ca::issue(signer, "issuer", std::move(issued_by), std::move(wanted), random));
    if (!made) throw std::runtime_error(base::to_string(made.error()));
    return *std::move(made);
  }

  TimePoint now_;
  crypto::PrivateKey key_ = crypto::PrivateKey::generate_p256();
  crypto::Certificate certificate_;
};

}  // namespace muster::provisioning
