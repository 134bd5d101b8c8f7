#include "provisioning/grounds.hpp"

#include "crypto/hash.hpp"
#include "provisioning/canonical.hpp"

namespace muster::provisioning {
namespace {

struct AddTo {
  Canonical& canonical;

  void operator()(const SymmetricKeyAttestation& keys) const {
    canonical.add(keys.primary_key);
    canonical.add(keys.secondary_key);
  }
  void operator()(const TpmAttestation& tpm) const { canonical.add(tpm.endorsement_key); }
  void operator()(const X509Attestation& x509) const {
    canonical.add(x509.primary_certificate);
    canonical.add(x509.secondary_certificate);
    canonical.add(x509.primary_reference);
    canonical.add(x509.secondary_reference);
  }
  void operator()(const TpmVendorAttestation& vendor) const {
    for (const auto* certificates : {&vendor.roots, &vendor.intermediates}) {
      canonical.add(static_cast<std::int64_t>(certificates->size()));
      for (const auto& certificate : *certificates) canonical.add(certificate);
    }
  }
};

}  // namespace

Grounds grounds_of(const Attestation& attestation, const std::optional<CaCertificate>& authority) {
  Canonical canonical;
  canonical.add("muster grounds 1");
  canonical.add(static_cast<std::int64_t>(kind_of(attestation)));
  std::visit(AddTo{canonical}, attestation);
  canonical.add(authority ? authority->certificate : Bytes());
  return {.digest = crypto::hash(crypto::HashAlgorithm::sha256, canonical.bytes()),
          .authority = authority ? authority->name : std::string()};
}

}  // namespace muster::provisioning
