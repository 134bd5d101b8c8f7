#include "server/audit_checkpoints.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <stdexcept>

#include "codec/json.hpp"
#include "crypto/hash.hpp"
#include "crypto/key.hpp"
#include "provisioning/authorities.hpp"

namespace muster::server {

using base::Task;
using provisioning::AuditCheckpoint;
using provisioning::AuditHead;
using provisioning::AuditRecord;

namespace {

constexpr std::size_t page_size = 1000;
constexpr std::size_t line_size_max = 16 * 1024 * 1024;  // a checkpoint names every chain

bool same_heads(const std::vector<AuditHead>& left, const std::vector<AuditHead>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const AuditHead& a, const AuditHead& b) {
    return a.tenant == b.tenant && a.writer == b.writer && a.sequence == b.sequence;
  });
}

/// Hands every record and checkpoint of a store on, in the order that a verifier takes them.
Task<void> walk(provisioning::Store& store, std::function<void(const AuditRecord&)> on_record,
                std::function<void(const AuditCheckpoint&)> on_checkpoint) {
  // Checkpoints are read first: a record that is written meanwhile must not be missing from one.
  std::vector<AuditCheckpoint> checkpoints;
  for (bool more = true; more;) {
    const auto page = co_await store.list_checkpoints(checkpoints.empty() ? 0 : checkpoints.back().number, page_size);
    checkpoints.insert(checkpoints.end(), page.begin(), page.end());
    more = page.size() == page_size;
  }
  std::int64_t after = 0;
  for (bool more = true; more;) {
    const auto page = co_await store.scan_audit(after, page_size);
    for (const auto& row : page) on_record(row.record);
    more = page.size() == page_size;
    if (more) after = page.back().number;
  }
  for (const auto& checkpoint : checkpoints) on_checkpoint(checkpoint);
}

boost::json::object to_json(const AuditRecord& record) {
  boost::json::object json;
  json["kind"] = "record";
  json["tenant"] = record.tenant.str();
  json["writer"] = record.writer.str();
  json["sequence"] = record.sequence;
  json["at"] = base::to_unix_microseconds(record.event.at);
  json["actor"] = record.event.actor;
  json["action"] = record.event.action;
  json["subject"] = record.event.subject;
  json["outcome"] = record.event.outcome;
  json["detail"] = record.event.detail;
  json["personal_hash"] = base::to_hex(record.personal_hash);
  json["previous"] = base::to_hex(record.previous);
  json["digest"] = base::to_hex(record.digest);
  return json;
}

boost::json::object to_json(const AuditCheckpoint& checkpoint) {
  boost::json::array heads;
  for (const auto& head : checkpoint.heads)
    heads.push_back({{"tenant", head.tenant.str()},
                     {"writer", head.writer.str()},
                     {"sequence", head.sequence},
                     {"digest", base::to_hex(head.digest)}});
  boost::json::object json;
  json["kind"] = "checkpoint";
  json["number"] = checkpoint.number;
  json["at"] = base::to_unix_microseconds(checkpoint.at);
  json["heads"] = std::move(heads);
  json["previous"] = base::to_hex(checkpoint.previous);
  json["certificate"] = base::to_base64(checkpoint.certificate);
  json["signature"] = base::to_base64(checkpoint.signature);
  return json;
}

std::string text(const boost::json::object& json, const char* name) { return std::string(json.at(name).as_string()); }

base::Bytes octets(const boost::json::object& json, const char* name) {
  auto decoded = base::from_hex(json.at(name).as_string());
  if (!decoded) throw std::runtime_error(std::string(name) + " is not hexadecimal");
  return std::move(*decoded);
}

base::Bytes base64(const boost::json::object& json, const char* name) {
  auto decoded = base::from_base64(json.at(name).as_string());
  if (!decoded) throw std::runtime_error(std::string(name) + " is not base64");
  return std::move(*decoded);
}

base::Uuid uuid(const boost::json::object& json, const char* name) {
  const auto parsed = base::Uuid::parse(json.at(name).as_string());
  if (!parsed) throw std::runtime_error(std::string(name) + " is not a UUID");
  return *parsed;
}

AuditRecord record_from(const boost::json::object& json) {
  AuditRecord record;
  record.tenant = provisioning::TenantId(text(json, "tenant"));
  record.writer = uuid(json, "writer");
  record.sequence = json.at("sequence").as_int64();
  record.event.at = base::from_unix_microseconds(json.at("at").as_int64());
  record.event.actor = text(json, "actor");
  record.event.action = text(json, "action");
  record.event.subject = text(json, "subject");
  record.event.outcome = text(json, "outcome");
  record.event.detail = text(json, "detail");
  record.personal_hash = octets(json, "personal_hash");
  record.previous = octets(json, "previous");
  record.digest = octets(json, "digest");
  return record;
}

AuditCheckpoint checkpoint_from(const boost::json::object& json) {
  AuditCheckpoint checkpoint;
  checkpoint.number = json.at("number").as_int64();
  checkpoint.at = base::from_unix_microseconds(json.at("at").as_int64());
  for (const auto& element : json.at("heads").as_array()) {
    const auto& head = element.as_object();
    checkpoint.heads.push_back({.tenant = provisioning::TenantId(text(head, "tenant")),
                                .writer = uuid(head, "writer"),
                                .sequence = head.at("sequence").as_int64(),
                                .digest = octets(head, "digest")});
  }
  checkpoint.previous = octets(json, "previous");
  checkpoint.certificate = base64(json, "certificate");
  checkpoint.signature = base64(json, "signature");
  return checkpoint;
}

}  // namespace

Task<bool> make_checkpoint(provisioning::Store& store, provisioning::Vault& vault, const base::Clock& clock) {
  const auto last = co_await store.find_last_checkpoint();
  AuditCheckpoint checkpoint;
  checkpoint.heads = co_await store.list_audit_heads();
  if (checkpoint.heads.empty() || (last && same_heads(last->heads, checkpoint.heads))) co_return false;

  const auto authority =
      co_await find_authority(store, provisioning::platform_tenant, provisioning::AuthorityKind::audit_signing);
  provisioning::SecretPlace place = key_place(authority);
  const base::Secret octets_of_key = co_await vault.open(std::move(place), authority.key);
  const auto key = crypto::PrivateKey::from_pkcs8(octets_of_key);
  if (!key) throw std::runtime_error("the audit trail's key cannot be read");

  checkpoint.number = last ? last->number + 1 : 1;
  checkpoint.at = clock.now();
  checkpoint.previous =
      last ? crypto::hash(crypto::HashAlgorithm::sha256, provisioning::to_be_signed(*last)) : provisioning::Digest(32);
  checkpoint.certificate = authority.certificate;
  checkpoint.signature = key->sign_sha256(provisioning::to_be_signed(checkpoint));
  const auto added = co_await store.add_checkpoint(std::move(checkpoint));
  co_return static_cast<bool>(added);
}

Task<void> verify_store(provisioning::Store& store, provisioning::AuditVerifier& verifier) {
  std::function<void(const AuditRecord&)> on_record = [&](const AuditRecord& record) { verifier.record(record); };
  std::function<void(const AuditCheckpoint&)> on_checkpoint = [&](const AuditCheckpoint& checkpoint) {
    verifier.checkpoint(checkpoint);
  };
  co_await walk(store, on_record, on_checkpoint);
}

Task<void> export_trail(provisioning::Store& store, std::ostream& out) {
  std::function<void(const AuditRecord&)> on_record = [&](const AuditRecord& record) {
    out << boost::json::serialize(to_json(record)) << '\n';
  };
  std::function<void(const AuditCheckpoint&)> on_checkpoint = [&](const AuditCheckpoint& checkpoint) {
    out << boost::json::serialize(to_json(checkpoint)) << '\n';
  };
  co_await walk(store, on_record, on_checkpoint);
}

void verify_file(std::istream& in, provisioning::AuditVerifier& verifier) {
  std::string line;
  for (std::int64_t number = 1; std::getline(in, line); ++number) {
    try {
      const auto json = codec::parse_json(line, line_size_max);
      if (!json) throw std::runtime_error(base::to_string(json.error()));
      const auto& object = json->as_object();
      if (text(object, "kind") == "checkpoint")
        verifier.checkpoint(checkpoint_from(object));
      else
        verifier.record(record_from(object));
    } catch (const std::exception& fault) {
      throw std::runtime_error("line " + std::to_string(number) + ": " + fault.what());
    }
  }
}

}  // namespace muster::server
