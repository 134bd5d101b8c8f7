#include "server/audit_checkpoints.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <sstream>

#include "crypto/key.hpp"
#include "provisioning/authorities.hpp"
#include "server/fixture_test.hpp"

namespace muster::server {
namespace {

namespace json = boost::json;
using provisioning::AuditVerifier;

class AuditCheckpoints : public StoreTest {
 protected:
  AuditCheckpoints() { initialize(); }

  bool checkpoint() { return base::run_task(make_checkpoint(*store, vault, clock)); }
  void write_record(std::string action, std::string personal = {}) {
    provisioning::Write write{.tenant = base::TenantId("default"), .changes = {}, .audit = {}};
    write.audit.push_back({.actor = "system",
                           .action = std::move(action),
                           .subject = "test:1",
                           .detail = "a \"detail\"\n",
                           .personal = std::move(personal),
                           .at = clock.now()});
    ASSERT_TRUE(base::run_task(store->commit(std::move(write))));
  }
  std::vector<json::object> exported() {
    std::ostringstream out;
    base::run_task(export_trail(*store, out));
    std::vector<json::object> lines;
    std::istringstream in(out.str());
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line).as_object());
    return lines;
  }
  static AuditVerifier verify(const std::vector<json::object>& lines) {
    std::stringstream text;
    for (const auto& line : lines) text << json::serialize(line) << '\n';
    AuditVerifier verifier;
    verify_file(text, verifier);
    return verifier;
  }
  /// Two records, a checkpoint, two records, a checkpoint.
  std::vector<json::object> sample() {
    checkpoint();
    write_record("one", "192.0.2.7");
    write_record("two");
    checkpoint();
    return exported();
  }
};

TEST_F(AuditCheckpoints, AreSignedOnlyWhenSomethingHappened) {
  EXPECT_TRUE(checkpoint());
  EXPECT_FALSE(checkpoint());
  write_record("one");
  EXPECT_TRUE(checkpoint());
  const auto all = base::run_task(store->list_checkpoints(0, 10));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].number, 1);
  EXPECT_EQ(all[1].number, 2);
}

TEST_F(AuditCheckpoints, OfAWholeTrailVerify) {
  sample();
  AuditVerifier verifier;
  base::run_task(verify_store(*store, verifier));
  EXPECT_TRUE(verifier.findings().empty());
  EXPECT_EQ(verifier.records(), 4);
  EXPECT_EQ(verifier.checkpoints(), 2);
  EXPECT_EQ(verifier.signer(), base::run_task(find_authority(*store, provisioning::platform_tenant,
                                                             provisioning::AuthorityKind::audit_signing))
                                   .certificate);
}

TEST_F(AuditCheckpoints, VerifyAfterExport) {
  const auto verifier = verify(sample());
  EXPECT_TRUE(verifier.findings().empty());
  EXPECT_EQ(verifier.records(), 4);
  EXPECT_EQ(verifier.checkpoints(), 2);
}

TEST_F(AuditCheckpoints, AreExportedWithoutPersonalData) {
  for (const auto& line : sample()) EXPECT_EQ(json::serialize(line).find("192.0.2.7"), std::string::npos);
}

TEST_F(AuditCheckpoints, ExposeEveryChangeOfARecord) {
  const auto whole = sample();
  for (const char* member : {"tenant", "actor", "action", "subject", "outcome", "detail"}) {
    auto changed = whole;
    changed[2].at(member) = "forged";
    EXPECT_FALSE(verify(changed).findings().empty()) << member;
  }
  for (const char* member : {"sequence", "at"}) {
    auto changed = whole;
    changed[2].at(member) = changed[2].at(member).as_int64() + 1;
    EXPECT_FALSE(verify(changed).findings().empty()) << member;
  }
  for (const char* member : {"personal_hash", "previous", "digest"}) {
    auto changed = whole;
    changed[2].at(member) = std::string(64, '0');
    EXPECT_FALSE(verify(changed).findings().empty()) << member;
  }
}

TEST_F(AuditCheckpoints, ExposeWhatIsMissingOrMoved) {
  const auto whole = sample();
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
    auto shorter = whole;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(verify(shorter).findings().empty()) << "without line " << i + 1;
  }
  auto swapped = whole;
  std::swap(swapped[2], swapped[3]);
  EXPECT_FALSE(verify(swapped).findings().empty());
}

TEST_F(AuditCheckpoints, ExposeEveryChangeOfACheckpoint) {
  const auto whole = sample();
  for (const char* member : {"number", "at"}) {
    auto changed = whole;
    changed.back().at(member) = changed.back().at(member).as_int64() + 1;
    EXPECT_FALSE(verify(changed).findings().empty()) << member;
  }
  auto fewer = whole;
  fewer.back().at("heads").as_array().pop_back();
  EXPECT_FALSE(verify(fewer).findings().empty());
  auto unsigned_one = whole;
  unsigned_one.back().at("signature") =
      base::to_base64(crypto::PrivateKey::generate_p256().sign_sha256(base::view("x")));
  EXPECT_FALSE(verify(unsigned_one).findings().empty());
}

TEST_F(AuditCheckpoints, ExposeARecordThatWasRewrittenWithItsDigest) {
  auto forged = sample();
  auto record = forged[3];
  ASSERT_EQ(record.at("action").as_string(), "two");
  provisioning::AuditRecord rewritten;
  rewritten.tenant = base::TenantId(std::string(record.at("tenant").as_string()));
  rewritten.writer = *base::Uuid::parse(record.at("writer").as_string());
  rewritten.sequence = record.at("sequence").as_int64();
  rewritten.event = {.actor = "system",
                     .action = "innocent",
                     .subject = "test:1",
                     .detail = "a \"detail\"\\x0a",
                     .personal = {},
                     .at = base::from_unix_microseconds(record.at("at").as_int64())};
  rewritten.personal_hash = *base::from_hex(record.at("personal_hash").as_string());
  rewritten.previous = *base::from_hex(record.at("previous").as_string());
  forged[3].at("action") = "innocent";
  forged[3].at("digest") = base::to_hex(provisioning::digest_of(rewritten));
  const auto verifier = verify(forged);
  ASSERT_EQ(verifier.findings().size(), 1U);
  EXPECT_NE(verifier.findings()[0].what.find("was rewritten since"), std::string::npos) << verifier.findings()[0].what;
}

TEST_F(AuditCheckpoints, NameTheLineThatCannotBeRead) {
  const std::string good = json::serialize(sample().front());
  for (const std::string& bad :
       {std::string("{"), std::string("[]"), std::string(""), std::string("{}"), std::string(R"({"kind":"record"})"),
        std::string(R"({"kind":"checkpoint","number":"1"})")}) {
    std::istringstream in(good + "\n" + bad + "\n");
    AuditVerifier verifier;
    EXPECT_TRUE(fault_of([&] { verify_file(in, verifier); }).starts_with("line 2: ")) << bad;
  }
}

}  // namespace
}  // namespace muster::server
