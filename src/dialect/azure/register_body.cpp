#include "dialect/azure/register_body.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "codec/json.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::size_t intermediates_max = 8;

Result<base::Bytes> base64_member(const boost::json::value& value, const char* name) {
  if (!value.is_string()) return Error(Errc::invalid_argument, std::string(name) + " is not a text");
  auto octets = base::from_base64_lenient(value.get_string());
  if (!octets) return Error(Errc::invalid_argument, std::string(name) + " is not base64");
  return std::move(*octets);
}

Result<provisioning::TpmKeys> read_tpm(const boost::json::value& value) {
  if (!value.is_object()) return Error(Errc::invalid_argument, "tpm is not an object");
  const auto& object = value.get_object();
  provisioning::TpmKeys keys;
  const std::pair<const char*, base::Bytes*> members[] = {
      {"endorsementKey", &keys.endorsement_key},
      {"storageRootKey", &keys.storage_root_key},
      {"endorsementKeyCertificate", &keys.endorsement_certificate},
  };
  for (const auto& [name, octets] : members) {
    const auto* member = object.if_contains(name);
    if (member == nullptr || member->is_null()) continue;
    auto read = base64_member(*member, name);
    if (!read) return read.error();
    *octets = std::move(*read);
  }
  if (keys.endorsement_key.empty()) return Error(Errc::invalid_argument, "tpm.endorsementKey is missing");
  if (keys.storage_root_key.empty()) return Error(Errc::invalid_argument, "tpm.storageRootKey is missing");

  if (const auto* list = object.if_contains("endorsementKeyIntermediates"); list != nullptr && !list->is_null()) {
    if (!list->is_array() || list->get_array().size() > intermediates_max)
      return Error(Errc::invalid_argument, "tpm.endorsementKeyIntermediates is not an array of at most 8");
    for (const auto& member : list->get_array()) {
      auto read = base64_member(member, "tpm.endorsementKeyIntermediates");
      if (!read) return read.error();
      keys.intermediates.push_back(std::move(*read));
    }
  }
  return keys;
}

bool is_present(const boost::json::value* member) { return member != nullptr && !member->is_null(); }

}  // namespace

Result<RegisterBody> read_register_body(std::string_view body) {
  RegisterBody read;
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return read;
  const auto json = codec::parse_json(body);
  if (!json) return json.error();
  if (!json->is_object()) return Error(Errc::malformed_json, "the body is not an object");
  const auto& object = json->get_object();

  if (const auto* id = object.if_contains("registrationId"); is_present(id)) {
    if (!id->is_string()) return Error(Errc::invalid_argument, "registrationId is not a text");
    read.registration_id = std::string(id->get_string());
  }
  if (const auto* tpm = object.if_contains("tpm"); is_present(tpm)) {
    auto keys = read_tpm(*tpm);
    if (!keys) return keys.error();
    read.tpm = std::move(*keys);
  }
  if (const auto* csr = object.if_contains("csr"); is_present(csr)) {
    if (!csr->is_string()) return Error(Errc::invalid_argument, "csr is not a text");
    if (csr->get_string().empty()) return Error(Errc::invalid_argument, "csr is empty");
    read.signing_request = std::string(csr->get_string());
  }
  if (const auto* payload = object.if_contains("payload"); is_present(payload))
    read.payload = boost::json::serialize(*payload);
  return read;
}

}  // namespace muster::dialect::azure
