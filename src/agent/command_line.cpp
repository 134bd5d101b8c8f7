#include "agent/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <csignal>
#include <iostream>
#include <map>

#include "agent/commands.hpp"
#include "base/version.hpp"

namespace muster::agent {
namespace {

// A day: nobody waits longer at a terminal, and a service manager starts the agent again.
constexpr std::int64_t timeout_max_s = 86'400;
constexpr std::int64_t token_lifetime_max_s = 365LL * 86'400;

const std::map<std::string, Attestation> attestations = {
    {"tpm", Attestation::tpm}, {"x509", Attestation::x509}, {"symmetric-key", Attestation::symmetric_key}};
const std::map<std::string, EndorsementKeyKind> kinds = {
    {"rsa2048", EndorsementKeyKind::rsa2048}, {"p256", EndorsementKeyKind::p256}, {"p384", EndorsementKeyKind::p384}};

/// An option that takes one of a few words.
template <class Choice>
void add_choice(CLI::App& command, const char* name, Choice& chosen, const std::map<std::string, Choice>& choices,
                const char* description) {
  const auto choose = [&chosen, &choices](const std::string& word) { chosen = choices.at(word); };
  command.add_option_function<std::string>(name, choose, description)->check(CLI::IsMember(choices))->type_name("KIND");
}

void add_tpm_options(CLI::App& command, std::string& tcti, EndorsementKeyKind& kind) {
  command.add_option("--tcti", tcti, "How to reach the TPM, as tpm2-tools take it (default: what the TSS finds)")
      ->envname("MUSTER_AGENT_TCTI");
  add_choice(command, "--ek-kind", kind, kinds, "Which endorsement key: rsa2048 (default), p256 or p384");
}

void add_provision_options(CLI::App& command, ProvisionOptions& options, bool& json) {
  command.add_option("--endpoint", options.endpoint, "The service: https://host[:port]")->required();
  command.add_option("--id-scope", options.id_scope, "The service's ID scope")->required();
  add_choice(command, "--attestation", options.attestation, attestations,
             "The device's proof: tpm (default), x509 or symmetric-key");
  command.add_option("--registration-id", options.registration_id,
                     "The device's name (default: from the TPM's endorsement key, or the certificate's common name)");
  add_tpm_options(command, options.tcti, options.kind);
  command.add_flag("--send-ek-certificate", options.send_ek_certificate,
                   "Show the endorsement key's certificate as well (an extension that Muster understands)");
  command.add_option("--ek-intermediates", options.ek_intermediates_file,
                     "PEM file of the certificates between it and the manufacturer's root");
  command.add_option("--certificate", options.certificate_file, "PEM file: the device's certificate, then its issuers");
  command.add_option("--key", options.key_file, "PEM file: the certificate's private key");
  auto* own_key = command.add_option("--symmetric-key-file", options.symmetric_key_file,
                                     "File with the device's key in base64 (or MUSTER_AGENT_SYMMETRIC_KEY)");
  command
      .add_option("--group-key-file", options.group_key_file,
                  "File with an enrollment group's key in base64, from which the device's is derived")
      ->excludes(own_key);
  command.add_option("--payload", options.payload_file, "JSON file for the service's allocation");
  command.add_option("--output", options.output_file, "Where the assignment is written")->required();
  command.add_option("--ca", options.ca_file, "PEM file of the only roots to trust (default: the system's)");
  command.add_option("--timeout", options.timeout_s, "Seconds for everything together (default 300)")
      ->check(CLI::Range(std::int64_t{1}, timeout_max_s));
  command.add_flag("--json", json, "Print the outcome as JSON");
  command.add_flag("--explain", options.explain, "Say what happens at each step, and how long it took");
}

void add_show_tpm_options(CLI::App& command, ShowTpmOptions& options) {
  add_tpm_options(command, options.tcti, options.kind);
  command.add_option("--ek-certificate-out", options.certificate_output_file,
                     "Write the endorsement key's certificate there, as PEM");
  command.add_flag("--json", options.json, "Print JSON");
}

void add_token_options(CLI::App& command, TokenOptions& options) {
  command.add_option("--hub", options.hub, "The hub's host name")->required();
  command.add_option("--device-id", options.device_id, "The device's id at the hub")->required();
  command.add_option("--lifetime", options.lifetime_s, "Seconds until the token expires (default 3600)")
      ->check(CLI::Range(std::int64_t{1}, token_lifetime_max_s));
  add_tpm_options(command, options.tcti, options.kind);
}

void report(const Outcome& outcome, bool json) {
  if (json) {
    std::cout << to_json(outcome) << std::endl;
  } else if (outcome.code == ExitCode::success) {
    std::cout << outcome.message << std::endl;
  } else {
    std::cerr << "muster-agent: " << outcome.message;
    if (outcome.service_code != 0) std::cerr << " (error code " << outcome.service_code << ")";
    if (!outcome.tracking_id.empty()) std::cerr << " (tracking id " << outcome.tracking_id << ")";
    std::cerr << std::endl;
  }
}

Outcome failed(ExitCode code, const char* reason) {
  Outcome outcome;
  outcome.code = code;
  outcome.message = reason;
  return outcome;
}

}  // namespace

int run(int argc, char** argv) {
  // A connection that the server has closed must end as an error, not end the process.
  std::signal(SIGPIPE, SIG_IGN);

  CLI::App app("The device's side of zero-touch provisioning: Muster, and any service that speaks Azure DPS.");
  app.set_version_flag("--version", std::string("muster-agent ") + base::version);
  app.require_subcommand(1);
  bool json = false;
  ProvisionOptions provision_options;
  ShowTpmOptions show_tpm_options;
  TokenOptions token_options;
  CLI::App* const provision_command = app.add_subcommand("provision", "Register this device and learn its hub");
  CLI::App* const show_tpm_command = app.add_subcommand("show-tpm", "Print what is needed to enroll this device's TPM");
  CLI::App* const token_command = app.add_subcommand("token", "Print a token for the hub, signed inside the TPM");
  add_provision_options(*provision_command, provision_options, json);
  add_show_tpm_options(*show_tpm_command, show_tpm_options);
  add_token_options(*token_command, token_options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }

  Outcome outcome;
  try {
    if (*show_tpm_command) show_tpm(show_tpm_options, std::cout);
    if (*token_command) print_token(token_options, std::cout);
    if (!*provision_command) return static_cast<int>(ExitCode::success);
    outcome = provision(provision_options, std::cerr);
  } catch (const Failure& failure) {
    outcome = failed(failure.code(), failure.what());
  } catch (const std::exception& fault) {
    outcome = failed(ExitCode::configuration, fault.what());
  }
  report(outcome, json);
  return static_cast<int>(outcome.code);
}

}  // namespace muster::agent
