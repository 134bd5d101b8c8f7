#include "agent/commands.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "agent/dps_client.hpp"
#include "agent/files.hpp"
#include "agent/software_keys.hpp"
#include "agent/token.hpp"
#include "base/id.hpp"
#include "crypto/certificate.hpp"
#include "crypto/hash.hpp"
#include "crypto/pem.hpp"

namespace muster::agent {
namespace {

namespace json = boost::json;

constexpr const char* symmetric_key_variable = "MUSTER_AGENT_SYMMETRIC_KEY";
constexpr std::size_t intermediates_max = 8;
// Percent-encoded they must fit into what a TPM signs with one command.
constexpr std::size_t token_name_size_max = 256;

/// A device's proof, and what it needs to live.
struct Proof {
  std::unique_ptr<TpmDevice> tpm;
  std::unique_ptr<DeviceKey> key;
  std::string registration_id;
};

std::vector<base::Bytes> read_intermediates(const std::string& path) {
  if (path.empty()) return {};
  auto certificates = crypto::pem_blocks(read_file(path), "CERTIFICATE", intermediates_max);
  if (!certificates || certificates->empty())
    throw Failure(ExitCode::configuration, path + ": holds no certificates in PEM, or more than 8");
  return std::move(*certificates);
}

Proof tpm_proof(const ProvisionOptions& options, const Narrator& narrator) {
  const auto step = narrator.step("Reading the TPM's endorsement key and storage root key");
  Proof proof;
  proof.tpm = std::make_unique<TpmDevice>(options.tcti, options.kind);
  proof.key = std::make_unique<TpmDeviceKey>(*proof.tpm, options.send_ek_certificate,
                                             read_intermediates(options.ek_intermediates_file));
  proof.registration_id =
      options.registration_id.empty() ? default_registration_id(proof.tpm->endorsement_key()) : options.registration_id;
  return proof;
}

std::string common_name_of(const std::string& path) {
  const auto certificates = crypto::pem_blocks(read_file(path), "CERTIFICATE", intermediates_max);
  if (!certificates || certificates->empty())
    throw Failure(ExitCode::configuration, path + ": holds no certificate in PEM");
  const auto certificate = crypto::Certificate::from_der(certificates->front());
  const auto name = certificate ? certificate->common_name() : std::nullopt;
  if (!name) throw Failure(ExitCode::configuration, path + ": the first certificate has no common name");
  return *name;
}

Proof certificate_proof(const ProvisionOptions& options) {
  if (options.certificate_file.empty() || options.key_file.empty())
    throw Failure(ExitCode::usage, "X.509 attestation needs --certificate and --key.");
  Proof proof;
  proof.registration_id =
      options.registration_id.empty() ? common_name_of(options.certificate_file) : options.registration_id;
  proof.key = std::make_unique<CertificateDeviceKey>();
  return proof;
}

base::Secret symmetric_key(const ProvisionOptions& options) {
  if (!options.group_key_file.empty())
    return derive_from_group_key(read_key_file(options.group_key_file), options.registration_id);
  if (!options.symmetric_key_file.empty()) return read_key_file(options.symmetric_key_file);
  const char* const variable = std::getenv(symmetric_key_variable);
  if (variable == nullptr)
    throw Failure(ExitCode::usage, std::string("Symmetric key attestation needs --symmetric-key-file, --group-key-file "
                                               "or the environment variable ") +
                                       symmetric_key_variable + ".");
  return read_key_text(variable, symmetric_key_variable);
}

Proof symmetric_proof(const ProvisionOptions& options) {
  if (options.registration_id.empty())
    throw Failure(ExitCode::usage, "Symmetric key attestation needs --registration-id.");
  Proof proof;
  proof.registration_id = options.registration_id;
  proof.key = std::make_unique<SymmetricDeviceKey>(symmetric_key(options));
  return proof;
}

Proof make_proof(const ProvisionOptions& options, const Narrator& narrator) {
  switch (options.attestation) {
    case Attestation::tpm:
      return tpm_proof(options, narrator);
    case Attestation::x509:
      return certificate_proof(options);
    case Attestation::symmetric_key:
      return symmetric_proof(options);
  }
  throw std::logic_error("an attestation without a proof");
}

json::object assignment_object(const Assignment& assignment) {
  json::object object;
  object["idScope"] = assignment.id_scope;
  object["registrationId"] = assignment.registration_id;
  object["deviceId"] = assignment.device_id;
  object["assignedHub"] = assignment.hub;
  if (!assignment.substatus.empty()) object["substatus"] = assignment.substatus;
  if (!assignment.operation_id.empty()) object["operationId"] = assignment.operation_id;
  if (!assignment.payload.empty()) object["payload"] = json::parse(assignment.payload);
  return object;
}

}  // namespace

Outcome provision(const ProvisionOptions& options, std::ostream& explanations) {
  const base::SystemClock clock;
  const Narrator narrator(options.explain ? &explanations : nullptr, clock);
  TlsFiles tls;
  tls.trusted_certificates = options.ca_file;
  if (options.attestation == Attestation::x509) {
    tls.certificate = options.certificate_file;
    tls.key = options.key_file;
  }
  if (!options.ca_file.empty()) read_file(options.ca_file);  // so that a missing file is not reported as the network's

  CurlTransport transport(options.endpoint, tls);
  const Proof proof = make_proof(options, narrator);
  if (!base::RegistrationId::parse(proof.registration_id))
    throw Failure(ExitCode::usage, "\"" + proof.registration_id + "\" cannot be a registration id.");

  ProvisionRequest request;
  request.id_scope = options.id_scope;
  request.registration_id = proof.registration_id;
  request.timeout = std::chrono::seconds(options.timeout_s);
  if (!options.payload_file.empty()) request.payload = read_file(options.payload_file);

  SystemWaiter waiter;
  base::SystemRandom random;
  Outcome outcome = DpsClient(transport, waiter, clock, random, narrator).provision(request, *proof.key);
  if (outcome.assignment) {
    const auto step = narrator.step("Writing the assignment to " + options.output_file);
    write_private_file(options.output_file, json::serialize(assignment_object(*outcome.assignment)) + "\n");
  }
  return outcome;
}

void show_tpm(const ShowTpmOptions& options, std::ostream& out) {
  TpmDevice tpm(options.tcti, options.kind);
  const auto certificate = tpm.endorsement_certificate();
  if (!options.certificate_output_file.empty()) {
    if (!certificate) throw Failure(ExitCode::tpm, "The TPM has no certificate for this endorsement key.");
    write_private_file(options.certificate_output_file, crypto::to_pem("CERTIFICATE", *certificate));
  }
  const std::string registration_id = default_registration_id(tpm.endorsement_key());
  const std::string endorsement_key = base::to_base64(tpm.endorsement_key());
  const std::string storage_root_key = base::to_base64(tpm.storage_root_key());
  if (options.json) {
    json::object object;
    object["registrationId"] = registration_id;
    object["endorsementKey"] = endorsement_key;
    object["storageRootKey"] = storage_root_key;
    object["hasEndorsementCertificate"] = certificate.has_value();
    out << json::serialize(object) << "\n";
    return;
  }
  out << "Registration id:         " << registration_id << "\n"
      << "Endorsement key:         " << endorsement_key << "\n"
      << "Storage root key:        " << storage_root_key << "\n"
      << "Endorsement certificate: " << (certificate ? "present" : "none") << "\n";
}

void print_token(const TokenOptions& options, std::ostream& out) {
  if (options.hub.size() > token_name_size_max || options.device_id.size() > token_name_size_max / 2)
    throw Failure(ExitCode::usage, "The hub has at most 256 characters, the device id 128.");
  TpmDevice tpm(options.tcti, options.kind);
  TpmDeviceKey key(tpm, false, {});
  const base::TimePoint expires = base::SystemClock().now() + std::chrono::seconds(options.lifetime_s);
  out << make_token(key, options.hub + "/devices/" + options.device_id, expires, "").value() << "\n";
}

std::string to_json(const Outcome& outcome) {
  json::object object;
  object["outcome"] = name(outcome.code);
  object["exitCode"] = static_cast<int>(outcome.code);
  object["message"] = outcome.message;
  if (outcome.service_code != 0) object["serviceCode"] = outcome.service_code;
  if (!outcome.tracking_id.empty()) object["trackingId"] = outcome.tracking_id;
  if (outcome.assignment) object["assignment"] = assignment_object(*outcome.assignment);
  return json::serialize(object);
}

std::string default_registration_id(base::ByteView endorsement_key) {
  return base::to_base32_lower(crypto::sha256(endorsement_key));
}

}  // namespace muster::agent
