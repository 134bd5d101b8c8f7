#include "dialect/azure/attestation_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "crypto/certificate.hpp"
#include "dialect/azure/enrollment_json.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;
using base::Result;
using provisioning::SymmetricKeys;

namespace {

Error invalid(std::string detail) { return Error(Errc::invalid_argument, std::move(detail)); }

/// The member that is there and not null; otherwise null.
const boost::json::value* member(const boost::json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

Result<base::Bytes> base64_member(const boost::json::object& object, const char* name) {
  const auto* found = member(object, name);
  if (found == nullptr) return base::Bytes{};
  if (!found->is_string()) return invalid(std::string(name) + " is not a text");
  auto octets = base::from_base64_lenient(found->get_string());
  if (!octets) return invalid(std::string(name) + " is not base64");
  return std::move(*octets);
}

Result<AttestationDraft> read_symmetric_key(const boost::json::object& object) {
  AttestationDraft draft{provisioning::SymmetricKeyAttestation{}, {}};
  auto primary = base64_member(object, "primaryKey");
  if (!primary) return primary.error();
  auto secondary = base64_member(object, "secondaryKey");
  if (!secondary) return secondary.error();
  draft.keys = SymmetricKeys{base::Secret(std::move(*primary)), base::Secret(std::move(*secondary))};
  return draft;
}

Result<AttestationDraft> read_tpm(const boost::json::object& object) {
  auto endorsement_key = base64_member(object, "endorsementKey");
  if (!endorsement_key) return endorsement_key.error();
  if (endorsement_key->empty()) return invalid("tpm.endorsementKey is missing");
  auto storage_root_key = base64_member(object, "storageRootKey");
  if (!storage_root_key) return storage_root_key.error();
  return AttestationDraft{provisioning::TpmAttestation{std::move(*endorsement_key), std::move(*storage_root_key)}, {}};
}

/// {"certificate": text, …} or nothing.
Result<base::Bytes> read_certificate(const boost::json::object& holders, const char* which) {
  const auto* holder = member(holders, which);
  if (holder == nullptr) return base::Bytes{};
  if (!holder->is_object()) return invalid(std::string(which) + " is not an object");
  const auto* text = member(holder->get_object(), "certificate");
  if (text == nullptr) return base::Bytes{};
  if (!text->is_string()) return invalid(std::string(which) + ".certificate is not a text");
  if (text->get_string().empty()) return base::Bytes{};
  const auto certificate = crypto::Certificate::from_text(text->get_string());
  if (!certificate) return invalid(std::string(which) + ".certificate: " + certificate.error().detail());
  return certificate->der();
}

/// {"primary": name, "secondary": name}, in place of certificates.
Result<AttestationDraft> read_ca_references(const boost::json::object& object, const boost::json::value& references) {
  for (const char* name : {"clientCertificates", "signingCertificates"})
    if (member(object, name) != nullptr) return invalid(std::string("x509 has both caReferences and ") + name);
  if (!references.is_object()) return invalid("x509.caReferences is not an object");
  provisioning::X509Attestation x509;
  for (const auto& [name, reference] :
       {std::pair{"primary", &x509.primary_reference}, std::pair{"secondary", &x509.secondary_reference}}) {
    const auto* text = member(references.get_object(), name);
    if (text == nullptr) continue;
    if (!text->is_string()) return invalid(std::string("x509.caReferences.") + name + " is not a text");
    *reference = text->get_string();
  }
  if (x509.primary_reference.empty()) return invalid("x509.caReferences.primary is missing");
  return AttestationDraft{std::move(x509), {}};
}

Result<AttestationDraft> read_x509(const boost::json::object& object, bool is_group) {
  if (const auto* references = member(object, "caReferences")) return read_ca_references(object, *references);
  const char* wanted = is_group ? "signingCertificates" : "clientCertificates";
  const auto* holders = member(object, wanted);
  if (holders == nullptr || !holders->is_object()) return invalid(std::string("x509.") + wanted + " is missing");
  provisioning::X509Attestation x509;
  auto primary = read_certificate(holders->get_object(), "primary");
  if (!primary) return primary.error();
  auto secondary = read_certificate(holders->get_object(), "secondary");
  if (!secondary) return secondary.error();
  x509.primary_certificate = std::move(*primary);
  x509.secondary_certificate = std::move(*secondary);
  return AttestationDraft{std::move(x509), {}};
}

void add_certificate(boost::json::object& holders, const char* which, const base::Bytes& der) {
  if (der.empty()) return;
  const auto certificate = crypto::Certificate::from_der(der);
  if (!certificate) throw std::runtime_error("an enrolled certificate cannot be read");
  boost::json::object info;
  info["subjectName"] = certificate->subject();
  info["sha1Thumbprint"] = certificate->sha1_thumbprint();
  info["sha256Thumbprint"] = certificate->sha256_thumbprint();
  info["issuerName"] = certificate->issuer();
  info["notBeforeUtc"] = base::to_rfc3339(certificate->not_before());
  info["notAfterUtc"] = base::to_rfc3339(certificate->not_after());
  info["serialNumber"] = certificate->serial();
  info["version"] = certificate->version();
  holders[which] = {{"certificate", base::to_base64(der)}, {"info", std::move(info)}};
}

struct WriteAttestation {
  bool is_group;
  const SymmetricKeys* keys;

  boost::json::object operator()(const provisioning::SymmetricKeyAttestation&) const {
    boost::json::object pair;
    if (keys != nullptr) {
      pair["primaryKey"] = base::to_base64(keys->primary.reveal());
      pair["secondaryKey"] = base::to_base64(keys->secondary.reveal());
    }
    return {{"type", "symmetricKey"}, {"symmetricKey", std::move(pair)}};
  }

  boost::json::object operator()(const provisioning::TpmAttestation& tpm) const {
    boost::json::object member;
    member["endorsementKey"] = base::to_base64(tpm.endorsement_key);
    if (!tpm.storage_root_key.empty()) member["storageRootKey"] = base::to_base64(tpm.storage_root_key);
    return {{"type", "tpm"}, {"tpm", std::move(member)}};
  }

  boost::json::object operator()(const provisioning::X509Attestation& x509) const {
    if (!x509.primary_reference.empty()) {
      boost::json::object references{{"primary", x509.primary_reference}};
      if (!x509.secondary_reference.empty()) references["secondary"] = x509.secondary_reference;
      return {{"type", "x509"}, {"x509", boost::json::object{{"caReferences", std::move(references)}}}};
    }
    boost::json::object holders;
    add_certificate(holders, "primary", x509.primary_certificate);
    add_certificate(holders, "secondary", x509.secondary_certificate);
    boost::json::object member;
    member[is_group ? "signingCertificates" : "clientCertificates"] = std::move(holders);
    return {{"type", "x509"}, {"x509", std::move(member)}};
  }

  // Azure has no word for it; such a group is administered over Muster's own API.
  boost::json::object operator()(const provisioning::TpmVendorAttestation&) const { return {{"type", "none"}}; }
};

}  // namespace

Result<AttestationDraft> read_attestation(const boost::json::value& json, bool is_group) {
  if (!json.is_object()) return invalid("attestation is not an object");
  const auto& object = json.get_object();
  const auto* type = member(object, "type");
  if (type == nullptr || !type->is_string()) return invalid("attestation.type is missing");
  const std::string kind(type->get_string());

  const auto details = [&](const char* name) -> Result<boost::json::object> {
    const auto* found = member(object, name);
    if (found == nullptr) return boost::json::object{};
    if (!found->is_object()) return invalid(std::string("attestation.") + name + " is not an object");
    return found->get_object();
  };
  if (base::equal_ignoring_case(kind, "symmetricKey")) {
    const auto symmetric_key = details("symmetricKey");
    if (!symmetric_key) return symmetric_key.error();
    return read_symmetric_key(*symmetric_key);
  }
  if (base::equal_ignoring_case(kind, "tpm")) {
    const auto tpm = details("tpm");
    if (!tpm) return tpm.error();
    return read_tpm(*tpm);
  }
  if (base::equal_ignoring_case(kind, "x509")) {
    const auto x509 = details("x509");
    if (!x509) return x509.error();
    return read_x509(*x509, is_group);
  }
  return invalid("attestation.type is none of symmetricKey, tpm, x509: " + kind);
}

boost::json::object write_attestation(const provisioning::Attestation& attestation, bool is_group,
                                      const SymmetricKeys* keys) {
  return std::visit(WriteAttestation{is_group, keys}, attestation);
}

}  // namespace muster::dialect::azure
