#include "provisioning/audit.hpp"

#include <algorithm>

#include "base/printable.hpp"
#include "crypto/certificate.hpp"
#include "crypto/hash.hpp"
#include "provisioning/canonical.hpp"

namespace muster::provisioning {
namespace {

constexpr std::size_t digest_octets = 32;
constexpr std::size_t text_size_max = 1024;
constexpr std::int64_t gap_max = 1000000;

Digest sha256(ByteView octets) { return crypto::hash(crypto::HashAlgorithm::sha256, octets); }

std::string place(const TenantId& tenant, const Uuid& writer, std::int64_t sequence) {
  return "tenant " + tenant.str() + ", writer " + writer.str() + ", record " + std::to_string(sequence);
}

}  // namespace

Digest hash_personal_data(ByteView salt, std::string_view personal) {
  return sha256(base::concat({salt, base::view(personal)}));
}

AuditRecord chain(const AuditHead& head, AuditEvent event, Bytes personal_salt) {
  // A record can never be mended, so nothing goes into it that an export could not write or a person not read.
  for (std::string* text :
       {&event.actor, &event.action, &event.subject, &event.outcome, &event.detail, &event.personal})
    *text = base::printable(*text, text_size_max);
  AuditRecord record;
  record.tenant = head.tenant;
  record.writer = head.writer;
  record.sequence = head.sequence + 1;
  record.personal_hash = hash_personal_data(personal_salt, event.personal);
  record.personal_salt = std::move(personal_salt);
  record.event = std::move(event);
  record.previous = head.sequence == 0 ? Digest(digest_octets) : head.digest;
  record.digest = digest_of(record);
  return record;
}

Digest digest_of(const AuditRecord& record) {
  Canonical canonical;
  canonical.add("muster audit record 1");
  canonical.add(record.tenant.str());
  canonical.add(record.writer.bytes());
  canonical.add(record.sequence);
  canonical.add(base::to_unix_microseconds(record.event.at));
  canonical.add(record.event.actor);
  canonical.add(record.event.action);
  canonical.add(record.event.subject);
  canonical.add(record.event.outcome);
  canonical.add(record.event.detail);
  canonical.add(record.personal_hash);
  canonical.add(record.previous);
  return sha256(canonical.bytes());
}

Bytes to_be_signed(const AuditCheckpoint& checkpoint) {
  Canonical canonical;
  canonical.add("muster audit checkpoint 1");
  canonical.add(checkpoint.number);
  canonical.add(base::to_unix_microseconds(checkpoint.at));
  canonical.add(static_cast<std::int64_t>(checkpoint.heads.size()));
  for (const auto& head : checkpoint.heads) {
    canonical.add(head.tenant.str());
    canonical.add(head.writer.bytes());
    canonical.add(head.sequence);
    canonical.add(head.digest);
  }
  canonical.add(checkpoint.previous);
  canonical.add(checkpoint.certificate);
  return canonical.bytes();
}

void AuditVerifier::record(const AuditRecord& record) {
  ++records_;
  auto& digests = chains_[{record.tenant, record.writer}];
  const auto expected_sequence = static_cast<std::int64_t>(digests.size()) + 1;
  const std::string where = place(record.tenant, record.writer, record.sequence);

  if (record.sequence != expected_sequence) {
    findings_.push_back({where, "record " + std::to_string(expected_sequence) + " is missing or out of order"});
    // What follows a gap is judged by itself, so that each missing record is reported once.
    const std::int64_t gap = record.sequence - expected_sequence;
    if (gap > 0 && gap <= gap_max) {
      digests.resize(static_cast<std::size_t>(record.sequence - 1));
      digests.push_back(record.digest);
      if (record.digest != digest_of(record)) findings_.push_back({where, "was changed after it was written"});
      return;
    }
  }
  if (record.previous != (digests.empty() ? Digest(digest_octets) : digests.back()))
    findings_.push_back({where, "does not follow the record before it"});
  if (record.digest != digest_of(record)) findings_.push_back({where, "was changed after it was written"});

  // Erased personal data leaves nothing, no salt either; what is still there must be what was written.
  const bool is_erased = record.personal_salt.empty() && record.event.personal.empty();
  if (!is_erased && record.personal_hash != hash_personal_data(record.personal_salt, record.event.personal))
    findings_.push_back({where, "its personal data was changed after it was written"});
  digests.push_back(record.digest);
}

void AuditVerifier::checkpoint(const AuditCheckpoint& checkpoint) {
  ++checkpoints_;
  const std::string where = "checkpoint " + std::to_string(checkpoint.number);
  if (checkpoint.number != checkpoints_)
    findings_.push_back({where, "checkpoint " + std::to_string(checkpoints_) + " is missing or out of order"});
  if (checkpoint.previous != last_checkpoint_.value_or(Digest(digest_octets)))
    findings_.push_back({where, "does not follow the checkpoint before it"});
  if (checkpoints_ == 1) signer_ = checkpoint.certificate;
  if (checkpoint.certificate != signer_) findings_.push_back({where, "was signed by another key than the first one"});

  const Bytes covered = to_be_signed(checkpoint);
  const auto certificate = crypto::Certificate::from_der(checkpoint.certificate);
  if (!certificate || !certificate->public_key().verify(crypto::HashAlgorithm::sha256, covered, checkpoint.signature))
    findings_.push_back({where, "its signature is not valid"});

  for (const auto& head : checkpoint.heads) {
    const auto found = chains_.find({head.tenant, head.writer});
    const auto size = found == chains_.end() ? 0 : static_cast<std::int64_t>(found->second.size());
    if (head.sequence < 1 || head.sequence > size)
      findings_.push_back({where, place(head.tenant, head.writer, head.sequence) + " was there and is missing now"});
    else if (found->second[static_cast<std::size_t>(head.sequence - 1)] != head.digest)
      findings_.push_back({where, place(head.tenant, head.writer, head.sequence) + " was rewritten since"});
  }
  last_checkpoint_ = sha256(covered);
}

}  // namespace muster::provisioning
