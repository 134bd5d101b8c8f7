// The audit trail: what happened, chained so that nobody can change it unnoticed.
//
// Each record carries the digest of the one before it in its chain. A chain belongs to one tenant and one incarnation
// of one writing process, so that no two processes share a head. Signed checkpoints over all heads expose records that
// were cut off or rewritten afterwards. Personal data stands beside a record; the chain holds only its salted hash, so
// that it can be erased without breaking the chain.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "provisioning/enrollment.hpp"

namespace muster::provisioning {

/// What a writer reports. It commits with the change that it describes.
struct AuditEvent {
  std::string actor;             ///< "device:NAME", "principal:NAME", "policy:NAME" or "system"
  std::string action;            ///< such as "device.registered", "enrollment.created"
  std::string subject;           ///< such as "device:NAME", "enrollment:ID"
  std::string outcome = "done";  ///< "done", or the name of the refusal (base/error.hpp)
  std::string detail;            ///< for people; no secrets, no personal data
  std::string personal;          ///< such as the address a request came from; may be erased later
  TimePoint at;
};

using Digest = Bytes;  ///< SHA-256: 32 octets

/// An event in its chain, as stored.
struct AuditRecord {
  TenantId tenant;
  Uuid writer;                ///< the incarnation of the process that wrote it
  std::int64_t sequence = 0;  ///< 1, 2, 3 … within the chain
  AuditEvent event;
  Bytes personal_salt;   ///< 16 octets
  Digest personal_hash;  ///< SHA-256 over salt and personal data
  Digest previous;       ///< the digest before it; 32 zero octets at the start of a chain
  Digest digest;
};

/// Where a chain stood.
struct AuditHead {
  TenantId tenant;
  Uuid writer;
  std::int64_t sequence = 0;
  Digest digest;
};

/// All heads at one time, signed by the platform's audit key.
struct AuditCheckpoint {
  std::int64_t number = 0;  ///< 1, 2, 3 …
  TimePoint at;
  std::vector<AuditHead> heads;
  Digest previous;    ///< SHA-256 over to_be_signed() of the checkpoint before it; 32 zero octets for the first
  Bytes certificate;  ///< DER, of the key that signed
  Bytes signature;    ///< ECDSA with SHA-256 over to_be_signed()
};

/// SHA-256 over the salt and the personal data.
Digest hash_personal_data(ByteView salt, std::string_view personal);

/// Makes the record that follows `head` (a head with sequence 0 starts a chain). The event's texts are kept as
/// base::printable makes them, 1024 octets each at most.
AuditRecord chain(const AuditHead& head, AuditEvent event, Bytes personal_salt);

/// What a record's digest must be: every field but the personal data, each with its length before it.
Digest digest_of(const AuditRecord& record);

/// The octets that a checkpoint's signature covers.
Bytes to_be_signed(const AuditCheckpoint& checkpoint);

/// What a verification found.
struct AuditFinding {
  std::string where;  ///< tenant, writer and sequence, or the checkpoint's number
  std::string what;
};

/// Verifies chains and checkpoints that are fed in order. Holds 32 octets a record.
class AuditVerifier {
 public:
  /// Records of one chain must come in the order of their sequence; chains may alternate.
  void record(const AuditRecord& record);
  /// Checkpoints come after all records, in the order of their numbers. Their signer must stay the first one's; whether
  /// that is the right one, the caller compares (`signer`).
  void checkpoint(const AuditCheckpoint& checkpoint);

  const std::vector<AuditFinding>& findings() const { return findings_; }
  std::int64_t records() const { return records_; }
  std::int64_t checkpoints() const { return checkpoints_; }
  /// The certificate (DER) of the first checkpoint; empty where there is none.
  const Bytes& signer() const { return signer_; }

 private:
  using ChainKey = std::pair<TenantId, Uuid>;

  std::map<ChainKey, std::vector<Digest>> chains_;  // every record's digest, for the checkpoints
  std::optional<Digest> last_checkpoint_;
  Bytes signer_;  // the certificate of the first checkpoint
  std::vector<AuditFinding> findings_;
  std::int64_t records_ = 0;
  std::int64_t checkpoints_ = 0;
};

}  // namespace muster::provisioning
