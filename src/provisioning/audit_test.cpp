#include "provisioning/audit.hpp"

#include <algorithm>
#include <functional>

#include "crypto/hash.hpp"
#include "provisioning/authority_test.hpp"
#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

AuditEvent event(std::string action) {
  AuditEvent happened;
  happened.actor = "principal:ann";
  happened.action = std::move(action);
  happened.subject = "hub:hub.example";
  happened.detail = "because";
  happened.personal = "192.0.2.7";
  happened.at = noon;
  return happened;
}

/// A trail that is right: two chains and two checkpoints, the second one before the last two records.
struct Trail {
  std::vector<AuditRecord> records;
  std::vector<AuditCheckpoint> checkpoints;

  static Uuid writer(std::uint8_t number) { return Uuid::from_bytes(Bytes(16, number)); }

  Trail() {
    for (int i = 0; i < 3; ++i)
      for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{2}}) append(number);
    sign();
    append(1);
    append(2);
    sign();
    append(1);
    append(2);
  }

  AuditHead head(std::uint8_t number) const {
    AuditHead newest{.tenant = tenant_a, .writer = writer(number), .sequence = 0, .digest = {}};
    for (const auto& record : records)
      if (record.writer == newest.writer) newest = {tenant_a, record.writer, record.sequence, record.digest};
    return newest;
  }
  void append(std::uint8_t number) {
    records.push_back(chain(head(number), event("step." + std::to_string(records.size())), Bytes(16, number)));
  }
  void sign() {
    AuditCheckpoint checkpoint;
    checkpoint.number = static_cast<std::int64_t>(checkpoints.size()) + 1;
    checkpoint.at = noon;
    checkpoint.heads = {head(1), head(2)};
    checkpoint.previous = checkpoints.empty() ? Digest(32) : digest(checkpoints.back());
    checkpoint.certificate = certificate();
    checkpoint.signature = key().sign_sha256(to_be_signed(checkpoint));
    checkpoints.push_back(std::move(checkpoint));
  }
  static Digest digest(const AuditCheckpoint& checkpoint) {
    return base::to_bytes(crypto::sha256(to_be_signed(checkpoint)));
  }
  static const crypto::PrivateKey& key() {
    static const crypto::PrivateKey made = crypto::PrivateKey::generate_p256();
    return made;
  }
  static const Bytes& certificate() {
    static const Bytes made = TestAuthority("Audit", noon).issue("Audit", key().public_key());
    return made;
  }

  std::vector<std::string> findings() const {
    AuditVerifier verifier;
    for (const auto& record : records) verifier.record(record);
    for (const auto& checkpoint : checkpoints) verifier.checkpoint(checkpoint);
    std::vector<std::string> texts;
    for (const auto& [where, what] : verifier.findings()) texts.push_back(where + ": " + what);
    return texts;
  }
};

bool mentions(const std::vector<std::string>& findings, std::string_view part) {
  return std::ranges::any_of(findings, [&](const auto& text) { return text.find(part) != std::string::npos; });
}

TEST(AuditTrail, IsFoundGoodWhereNothingWasDone) {
  const Trail trail;
  EXPECT_EQ(trail.findings(), std::vector<std::string>{});
  AuditVerifier verifier;
  for (const auto& record : trail.records) verifier.record(record);
  EXPECT_EQ(verifier.records(), 10);
  EXPECT_EQ(verifier.checkpoints(), 0);
}

TEST(AuditTrail, ShowsEveryChangedField) {
  const std::pair<const char*, std::function<void(AuditRecord&)>> changes[] = {
      {"actor", [](AuditRecord& record) { record.event.actor = "principal:bob"; }},
      {"action", [](AuditRecord& record) { record.event.action += "x"; }},
      {"subject", [](AuditRecord& record) { record.event.subject += "x"; }},
      {"outcome", [](AuditRecord& record) { record.event.outcome = "denied"; }},
      {"detail", [](AuditRecord& record) { record.event.detail.clear(); }},
      {"time", [](AuditRecord& record) { record.event.at += std::chrono::microseconds(1); }},
      {"tenant", [](AuditRecord& record) { record.tenant = TenantId("tenant-b"); }},
      {"writer", [](AuditRecord& record) { record.writer = Trail::writer(9); }},
      {"sequence", [](AuditRecord& record) { ++record.sequence; }},
      {"personal hash", [](AuditRecord& record) { record.personal_hash[0] ^= 1U; }},
      {"previous", [](AuditRecord& record) { record.previous[0] ^= 1U; }},
      {"digest", [](AuditRecord& record) { record.digest[0] ^= 1U; }},
      // Text that only moves from one field into the next.
      {"boundary",
       [](AuditRecord& record) {
         record.event.subject += record.event.outcome.substr(0, 1);
         record.event.outcome.erase(0, 1);
       }},
  };
  for (const auto& [field, change] : changes) {
    Trail trail;
    change(trail.records[4]);
    EXPECT_TRUE(mentions(trail.findings(), "was changed after it was written")) << field;
  }
}

TEST(AuditTrail, ShowsWhereARecordIsMissing) {
  Trail trail;
  trail.records.erase(trail.records.begin() + 2);  // the second of the first chain
  EXPECT_TRUE(mentions(trail.findings(), "record 3: record 2 is missing or out of order"));
}

TEST(AuditTrail, ShowsWhereTheBeginningIsMissing) {
  Trail trail;
  trail.records.erase(trail.records.begin());
  EXPECT_TRUE(mentions(trail.findings(), "record 2: record 1 is missing or out of order"));
}

TEST(AuditTrail, ShowsRecordsInAnotherOrder) {
  Trail trail;
  std::swap(trail.records[2], trail.records[4]);
  EXPECT_TRUE(mentions(trail.findings(), "is missing or out of order"));
  EXPECT_TRUE(mentions(trail.findings(), "does not follow the record before it"));
}

TEST(AuditTrail, ShowsARecordThatWasPutIn) {
  Trail trail;
  trail.records.insert(trail.records.begin() + 4, trail.records[2]);
  EXPECT_FALSE(trail.findings().empty());
}

TEST(AuditTrail, ShowsWhatWasCutOffAfterACheckpoint) {
  Trail trail;
  trail.records.resize(6);
  const auto findings = trail.findings();
  EXPECT_TRUE(mentions(findings, "checkpoint 2: "));
  EXPECT_TRUE(mentions(findings, "was there and is missing now"));
}

TEST(AuditTrail, ShowsAChainThatIsGoneAltogether) {
  Trail trail;
  std::erase_if(trail.records, [](const AuditRecord& record) { return record.writer == Trail::writer(2); });
  EXPECT_TRUE(mentions(trail.findings(), "was there and is missing now"));
}

TEST(AuditTrail, ShowsWhatWasRewrittenAfterACheckpoint) {
  Trail trail;
  // Whoever can write to the database can also make a chain that is right in itself.
  Trail forged;
  forged.records.clear();
  for (const auto& record : trail.records) {
    AuditEvent other = record.event;
    if (record.sequence == 2) other.actor = "principal:bob";
    const std::uint8_t number = record.writer.bytes()[0];
    forged.records.push_back(chain(forged.head(number), std::move(other), record.personal_salt));
  }
  forged.checkpoints.clear();
  EXPECT_TRUE(forged.findings().empty()) << "without its checkpoints it looks right";
  forged.checkpoints = trail.checkpoints;
  EXPECT_TRUE(mentions(forged.findings(), "was rewritten since"));
}

TEST(AuditTrail, ShowsAChangedCheckpoint) {
  const std::pair<const char*, std::function<void(AuditCheckpoint&)>> changes[] = {
      {"time", [](AuditCheckpoint& checkpoint) { checkpoint.at += std::chrono::microseconds(1); }},
      {"a head's sequence", [](AuditCheckpoint& checkpoint) { --checkpoint.heads[0].sequence; }},
      {"a head left out", [](AuditCheckpoint& checkpoint) { checkpoint.heads.pop_back(); }},
      {"signature", [](AuditCheckpoint& checkpoint) { checkpoint.signature[10] ^= 1U; }},
      {"no signature", [](AuditCheckpoint& checkpoint) { checkpoint.signature.clear(); }},
      {"previous", [](AuditCheckpoint& checkpoint) { checkpoint.previous[0] ^= 1U; }},
      {"no certificate", [](AuditCheckpoint& checkpoint) { checkpoint.certificate.clear(); }},
  };
  for (const auto& [field, change] : changes) {
    Trail trail;
    change(trail.checkpoints[1]);
    EXPECT_TRUE(mentions(trail.findings(), "checkpoint 2: its signature is not valid")) << field;
  }
}

TEST(AuditTrail, ShowsACheckpointOfAnotherSigner) {
  Trail trail;
  const crypto::PrivateKey stranger = crypto::PrivateKey::generate_p256();
  AuditCheckpoint& forged = trail.checkpoints[1];
  forged.certificate = TestAuthority("Audit", noon).issue("Audit", stranger.public_key());
  forged.signature = stranger.sign_sha256(to_be_signed(forged));
  const auto findings = trail.findings();
  EXPECT_TRUE(mentions(findings, "was signed by another key than the first one"));
  EXPECT_FALSE(mentions(findings, "its signature is not valid"));
}

TEST(AuditTrail, ShowsAMissingCheckpoint) {
  Trail trail;
  trail.checkpoints.erase(trail.checkpoints.begin());
  EXPECT_TRUE(mentions(trail.findings(), "checkpoint 1 is missing or out of order"));
  EXPECT_TRUE(mentions(trail.findings(), "does not follow the checkpoint before it"));

  Trail swapped;
  std::swap(swapped.checkpoints[0], swapped.checkpoints[1]);
  EXPECT_TRUE(mentions(swapped.findings(), "is missing or out of order"));
}

TEST(AuditTrail, StandsAfterPersonalDataWasErased) {
  Trail trail;
  trail.records[3].event.personal.clear();
  trail.records[3].personal_salt.clear();
  EXPECT_EQ(trail.findings(), std::vector<std::string>{});
}

TEST(AuditTrail, ShowsPersonalDataThatWasChanged) {
  const std::pair<const char*, std::function<void(AuditRecord&)>> changes[] = {
      {"replaced", [](AuditRecord& record) { record.event.personal = "203.0.113.1"; }},
      {"emptied, but not erased", [](AuditRecord& record) { record.event.personal.clear(); }},
      {"salt", [](AuditRecord& record) { record.personal_salt[0] ^= 1U; }},
      {"replaced and passed off as erased",
       [](AuditRecord& record) {
         record.event.personal = "203.0.113.1";
         record.personal_salt.clear();
       }},
  };
  for (const auto& [what, change] : changes) {
    Trail trail;
    change(trail.records[3]);
    EXPECT_TRUE(mentions(trail.findings(), "its personal data was changed after it was written")) << what;
  }
}

TEST(AuditTrail, HoldsNoPersonalDataInItsDigests) {
  AuditEvent here = event("step");
  AuditEvent there = here;
  there.personal = "203.0.113.1";
  AuditRecord record = chain(Trail().head(9), here, Bytes(16, 1));
  const Digest before = record.digest;
  record.event.personal = there.personal;
  EXPECT_EQ(digest_of(record), before);
  EXPECT_NE(hash_personal_data(Bytes(16, 1), here.personal), hash_personal_data(Bytes(16, 2), here.personal));
  // From Python's hashlib, over sixteen octets 01 and the text.
  EXPECT_EQ(base::to_hex(hash_personal_data(Bytes(16, 1), "192.0.2.7")),
            "907c1abbc75ee7232fc50272e2d35ae500b376b61d8a88e4de12a0949bf13020");
}

class StoredAuditTest : public ProvisioningTest {};

TEST_F(StoredAuditTest, IsGoodAfterRealWork) {
  enroll("pump-1", {}, {.primary = secret(1), .secondary = secret(2)});
  must_register(signed_request("pump-1", secret(1)));
  EXPECT_FALSE(send(signed_request("pump-1", secret(3))));
  ASSERT_TRUE(run(registrations.remove(tenant_a, registration_id("pump-1"), {}, operator_ann)));

  AuditVerifier verifier;
  std::vector<std::string> actions;
  for (const auto& row : run(store->scan_audit(0, 1000))) {
    verifier.record(row.record);
    actions.push_back(row.record.event.action);
  }
  EXPECT_TRUE(verifier.findings().empty());
  const std::vector<std::string> expected = {"enrollment.created", "device.registered", "device.refused",
                                             "registration.removed"};
  EXPECT_EQ(actions, expected);
}

}  // namespace
}  // namespace muster::provisioning
