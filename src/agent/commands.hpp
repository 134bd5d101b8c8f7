// What the commands of muster-agent do, after the command line has been read. Each throws Failure where it cannot.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "agent/outcome.hpp"
#include "agent/tpm_device.hpp"

namespace muster::agent {

enum class Attestation { tpm, x509, symmetric_key };

struct ProvisionOptions {
  std::string endpoint;
  std::string id_scope;
  Attestation attestation = Attestation::tpm;
  std::string registration_id;  ///< empty: the TPM's default id, or the certificate's common name
  std::string tcti;
  EndorsementKeyKind kind = EndorsementKeyKind::rsa2048;
  bool send_ek_certificate = false;
  std::string ek_intermediates_file;
  std::string certificate_file;
  std::string key_file;
  std::string symmetric_key_file;
  std::string group_key_file;
  std::string payload_file;
  std::string output_file;
  std::string ca_file;
  std::int64_t timeout_s = 300;
  bool explain = false;
};

struct ShowTpmOptions {
  std::string tcti;
  EndorsementKeyKind kind = EndorsementKeyKind::rsa2048;
  std::string certificate_output_file;
  bool json = false;
};

struct TokenOptions {
  std::string hub;
  std::string device_id;
  std::string tcti;
  EndorsementKeyKind kind = EndorsementKeyKind::rsa2048;
  std::int64_t lifetime_s = 3600;
};

/// Provisions the device and, where it is assigned, writes the assignment to the output file. Explanations go to
/// `explanations`.
Outcome provision(const ProvisionOptions& options, std::ostream& explanations);

/// Prints the TPM's keys and its default registration id; makes the keys where the TPM has none.
void show_tpm(const ShowTpmOptions& options, std::ostream& out);

/// Prints a token for a hub, signed in the TPM with the key that its provisioning left there.
void print_token(const TokenOptions& options, std::ostream& out);

/// The outcome for a program: one line of JSON.
std::string to_json(const Outcome& outcome);

/// Azure's default: lower-case base32, without padding, of the SHA-256 of the endorsement key's TPM2B_PUBLIC.
std::string default_registration_id(base::ByteView endorsement_key);

}  // namespace muster::agent
