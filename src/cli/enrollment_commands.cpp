// `enrollment add` and `group add`.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/input.hpp"

namespace muster::cli {

namespace json = boost::json;

namespace {

Failure missing(std::string_view option, std::string_view kind) {
  return Failure(ExitCode::usage, "--attestation " + std::string(kind) + " needs " + std::string(option));
}

/// The API writes words with underscores, the command line with dashes.
std::string with_underscores(std::string word) {
  std::ranges::replace(word, '-', '_');
  return word;
}

json::array certificate_texts(const std::vector<std::string>& files) {
  json::array texts;
  for (const auto& file : files) texts.emplace_back(certificate_text(file));
  return texts;
}

json::array lines_of(const std::string& file) {
  json::array lines;
  std::istringstream text(read_file(file));
  for (std::string line; std::getline(text, line);) {
    std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
    if (!line.empty() && line.front() != '#') lines.emplace_back(line);
  }
  return lines;
}

json::object attestation_of(const AttestationOptions& options) {
  json::object attestation;
  attestation["type"] = with_underscores(options.kind);
  if (options.kind == "symmetric-key") {
    if (!options.primary_key.empty()) attestation["primary_key"] = base64_of(options.primary_key, "the primary key");
    if (!options.secondary_key.empty())
      attestation["secondary_key"] = base64_of(options.secondary_key, "the secondary key");
  } else if (options.kind == "tpm") {
    if (options.endorsement_key.empty()) throw missing("--endorsement-key", options.kind);
    attestation["endorsement_key"] = base64_of(options.endorsement_key, "the endorsement key");
    if (!options.storage_root_key.empty())
      attestation["storage_root_key"] = base64_of(options.storage_root_key, "the storage root key");
  } else if (options.kind == "x509") {
    if (options.certificate.empty() && options.ca_reference.empty())
      throw missing("--certificate or --ca-reference", options.kind);
    if (!options.certificate.empty()) attestation["primary_certificate"] = certificate_text(options.certificate);
    if (!options.ca_reference.empty()) attestation["primary_reference"] = options.ca_reference;
    if (!options.secondary_ca_reference.empty()) attestation["secondary_reference"] = options.secondary_ca_reference;
    if (!options.secondary_certificate.empty())
      attestation["secondary_certificate"] = certificate_text(options.secondary_certificate);
  } else if (options.kind == "tpm-vendor") {
    if (options.roots.empty()) throw missing("--root", options.kind);
    attestation["roots"] = certificate_texts(options.roots);
    attestation["intermediates"] = certificate_texts(options.intermediates);
    if (!options.allowed_keys.empty()) attestation["allowed_keys"] = lines_of(options.allowed_keys);
  }
  return attestation;
}

json::object reprovision_policy_of(const std::string& word) {
  return {{"update_hub_assignment", word != "never"}, {"migrate_device_data", word == "migrate"}};
}

}  // namespace

void add_enrollment(Session& session, const Kind& kind, const EnrollmentOptions& options) {
  json::object enrollment;
  enrollment["attestation"] = attestation_of(options.attestation);
  enrollment["enabled"] = !options.disabled;
  enrollment["hubs"] = json::array(options.hubs.begin(), options.hubs.end());
  enrollment["capabilities"] = json::object{{"iot_edge", options.iot_edge}};
  if (!options.allocation.empty()) enrollment["allocation_policy"] = with_underscores(options.allocation);
  if (!options.reprovision.empty()) enrollment["reprovision_policy"] = reprovision_policy_of(options.reprovision);
  if (!options.initial_twin.empty()) enrollment["initial_twin"] = json_of(options.initial_twin);
  if (!options.credential_policy.empty()) enrollment["credential_policy"] = options.credential_policy;
  if (!options.webhook_url.empty())
    enrollment["custom_allocation"] =
        json::object{{"webhook_url", options.webhook_url}, {"api_version", options.webhook_api_version}};
  if (!options.device_id.empty()) enrollment["device_id"] = options.device_id;
  if (!options.device_information.empty()) enrollment["device_information"] = json_of(options.device_information);

  const std::string precondition = options.replace ? std::string() : "If-None-Match: *";
  session.output.object(session.api.put(path_of(kind.path, options.id), enrollment, precondition));
}

}  // namespace muster::cli
