#include "dialect/admin/attestation_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "crypto/certificate.hpp"
#include "dialect/admin/certificate_json.hpp"
#include "dialect/admin/fields.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using base::Bytes;
using base::Done;
using base::Errc;
using base::Error;
using base::Secret;
using base::Status;
using provisioning::Attestation;
using provisioning::AttestationKind;
using provisioning::SymmetricKeyAttestation;
using provisioning::SymmetricKeys;
using provisioning::TpmAttestation;
using provisioning::TpmVendorAttestation;
using provisioning::X509Attestation;

namespace {

constexpr std::size_t symmetric_key_size_max = 64;
constexpr std::size_t tpm_public_size_max = 2048;
constexpr std::size_t reference_size_max = 128;
constexpr std::size_t certificates_max = 256;
constexpr std::size_t allowed_keys_max = 100'000;
constexpr std::size_t sha256_text_size = 64;

json::array pems(const std::vector<Bytes>& certificates) {
  json::array array;
  for (const auto& der : certificates) array.emplace_back(pem_or_base64(der));
  return array;
}

struct Write {
  json::object& object;

  void operator()(const SymmetricKeyAttestation&) const {}
  void operator()(const TpmAttestation& tpm) const {
    object["endorsement_key"] = base::to_base64(tpm.endorsement_key);
    if (!tpm.storage_root_key.empty()) object["storage_root_key"] = base::to_base64(tpm.storage_root_key);
  }
  void operator()(const X509Attestation& x509) const {
    certificate("primary_certificate", x509.primary_certificate);
    certificate("secondary_certificate", x509.secondary_certificate);
    if (!x509.primary_reference.empty()) object["primary_reference"] = x509.primary_reference;
    if (!x509.secondary_reference.empty()) object["secondary_reference"] = x509.secondary_reference;
  }
  void operator()(const TpmVendorAttestation& vendor) const {
    object["roots"] = pems(vendor.roots);
    object["intermediates"] = pems(vendor.intermediates);
    json::array allowed;
    for (const auto& hash : vendor.allowed_keys) allowed.emplace_back(base::to_hex(hash));
    object["allowed_keys"] = std::move(allowed);
  }

  void certificate(std::string_view name, const Bytes& der) const {
    if (der.empty()) return;
    object[name] = pem_or_base64(der);
    object[std::string(name) + "_information"] = certificate_information(der);
  }
};

Status read_certificate(Fields& fields, std::string_view name, Bytes& der) {
  fields.read_only(std::string(name) + "_information");
  const std::string text = fields.text(name, crypto::certificate_text_size_max);
  if (text.empty()) return Done{};
  const auto certificate = crypto::Certificate::from_text(text);
  if (!certificate)
    return Error(certificate.error().code(), "attestation." + std::string(name) + ": " + certificate.error().detail());
  der = certificate->der();
  return Done{};
}

/// Each item one certificate, or a PEM bundle of several.
Status read_certificates(Fields& fields, std::string_view name, std::vector<Bytes>& ders) {
  const std::string place = "attestation." + std::string(name) + ": ";
  for (const auto& text : fields.texts(name, certificates_max, certificates_max * crypto::certificate_text_size_max)) {
    if (text.find("-----BEGIN") == std::string::npos) {
      const auto certificate = crypto::Certificate::from_text(text);
      if (!certificate) return Error(certificate.error().code(), place + certificate.error().detail());
      ders.push_back(certificate->der());
      continue;
    }
    const auto certificates = crypto::certificates_from_pem(text, certificates_max);
    if (!certificates) return Error(certificates.error().code(), place + certificates.error().detail());
    for (const auto& certificate : *certificates) ders.push_back(certificate.der());
  }
  if (ders.size() > certificates_max) return Error(Errc::too_many_items, place + "more than 256 certificates");
  return Done{};
}

Status read_symmetric_key(Fields& fields, Attestation& attestation, SymmetricKeys& keys) {
  keys.primary = Secret(fields.base64("primary_key", symmetric_key_size_max));
  keys.secondary = Secret(fields.base64("secondary_key", symmetric_key_size_max));
  attestation = SymmetricKeyAttestation{};
  return Done{};
}

Status read_tpm(Fields& fields, Attestation& attestation) {
  TpmAttestation tpm;
  if (!fields.has("endorsement_key")) fields.refuse("endorsement_key", "is missing");
  tpm.endorsement_key = fields.base64("endorsement_key", tpm_public_size_max);
  tpm.storage_root_key = fields.base64("storage_root_key", tpm_public_size_max);
  attestation = std::move(tpm);
  return Done{};
}

Status read_x509(Fields& fields, Attestation& attestation) {
  X509Attestation x509;
  if (auto read = read_certificate(fields, "primary_certificate", x509.primary_certificate); !read) return read;
  if (auto read = read_certificate(fields, "secondary_certificate", x509.secondary_certificate); !read) return read;
  x509.primary_reference = fields.text("primary_reference", reference_size_max);
  x509.secondary_reference = fields.text("secondary_reference", reference_size_max);
  attestation = std::move(x509);
  return Done{};
}

Status read_tpm_vendor(Fields& fields, Attestation& attestation) {
  TpmVendorAttestation vendor;
  if (auto read = read_certificates(fields, "roots", vendor.roots); !read) return read;
  if (auto read = read_certificates(fields, "intermediates", vendor.intermediates); !read) return read;
  for (const auto& text : fields.texts("allowed_keys", allowed_keys_max, sha256_text_size)) {
    auto hash = base::from_hex(text);
    if (!hash || 2 * hash->size() != sha256_text_size) {
      fields.refuse("allowed_keys", "holds something else than SHA-256 in hexadecimal");
      break;
    }
    vendor.allowed_keys.push_back(std::move(*hash));
  }
  attestation = std::move(vendor);
  return Done{};
}

Status read_of_kind(AttestationKind kind, Fields& fields, Attestation& attestation, SymmetricKeys& keys) {
  switch (kind) {
    case AttestationKind::symmetric_key:
      return read_symmetric_key(fields, attestation, keys);
    case AttestationKind::tpm:
      return read_tpm(fields, attestation);
    case AttestationKind::x509:
      return read_x509(fields, attestation);
    case AttestationKind::tpm_vendor:
      return read_tpm_vendor(fields, attestation);
  }
  return Error(Errc::internal_error, "unknown attestation kind");
}

}  // namespace

json::object to_json(const Attestation& attestation) {
  json::object object;
  object["type"] = provisioning::name_of(provisioning::kind_of(attestation));
  std::visit(Write{object}, attestation);
  return object;
}

Status read_attestation(const json::object& object, Attestation& attestation, SymmetricKeys& keys) {
  Fields fields(object, "attestation.");
  const auto kind = provisioning::from_name<AttestationKind>(fields.text("type", reference_size_max));
  if (!kind) return Error(Errc::invalid_argument, "attestation.type is none of symmetric_key, tpm, x509, tpm_vendor");
  if (auto read = read_of_kind(*kind, fields, attestation, keys); !read) return read;
  return fields.finish();
}

}  // namespace muster::dialect::admin
