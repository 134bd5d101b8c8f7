#include "dialect/azure/register_body.hpp"

#include <gtest/gtest.h>

namespace muster::dialect::azure {
namespace {

using base::Errc;

Errc refusal_of(std::string_view body) {
  const auto read = read_register_body(body);
  EXPECT_FALSE(read) << body;
  return read ? Errc::internal_error : read.error().code();
}

TEST(AzureRegisterBody, MayBeEmpty) {
  for (const char* body : {"", " ", "\r\n", "{}", R"({"registrationId":null,"tpm":null,"payload":null,"csr":null})"}) {
    const auto read = read_register_body(body);
    ASSERT_TRUE(read) << body;
    EXPECT_FALSE(read->registration_id);
    EXPECT_FALSE(read->tpm);
    EXPECT_FALSE(read->payload);
  }
}

TEST(AzureRegisterBody, HasIdTpmKeysAndPayload) {
  const auto read =
      read_register_body(R"({"registrationId":"Dev-1","tpm":{"endorsementKey":"AQID","storageRootKey":"BAU=",)"
                         R"("endorsementKeyCertificate":"Bg==","endorsementKeyIntermediates":["Bw==","CA=="]},)"
                         R"("payload":{"a":[1,null]},"somethingNew":true})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->registration_id, "Dev-1");
  ASSERT_TRUE(read->tpm);
  EXPECT_EQ(read->tpm->endorsement_key, (base::Bytes{1, 2, 3}));
  EXPECT_EQ(read->tpm->storage_root_key, (base::Bytes{4, 5}));
  EXPECT_EQ(read->tpm->endorsement_certificate, (base::Bytes{6}));
  EXPECT_EQ(read->tpm->intermediates, (std::vector<base::Bytes>{{7}, {8}}));
  EXPECT_EQ(read->payload, R"({"a":[1,null]})");
}

TEST(AzureRegisterBody, KeepsAPayloadOfAnyKind) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"payload":"{\"a\":1}"})", R"("{\"a\":1}")"},  // Java sends a text
      {R"({"payload":7})", "7"},
      {R"({"payload":false})", "false"},
      {R"({"payload":[]})", "[]"},
      {R"({"payload":""})", R"("")"},
  };
  for (const auto& [body, payload] : cases) {
    const auto read = read_register_body(body);
    ASSERT_TRUE(read) << body;
    EXPECT_EQ(read->payload, payload) << body;
  }
}

// The C SDK writes every slash of base64 with a backslash in front.
TEST(AzureRegisterBody, TakesEscapedSlashesInBase64) {
  const auto read = read_register_body(R"({"tpm":{"endorsementKey":"\/\/\/\/","storageRootKey":"AQ=="}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->tpm->endorsement_key, (base::Bytes{0xff, 0xff, 0xff}));
}

TEST(AzureRegisterBody, RefusesWhatIsNoObject) {
  for (const char* body : {"[]", "1", "\"x\"", "null", "{", "{}{}", "{\"a\":}"})
    EXPECT_EQ(refusal_of(body), Errc::malformed_json) << body;
}

TEST(AzureRegisterBody, RefusesMembersOfTheWrongKind) {
  for (const char* body : {
           R"({"registrationId":1})",
           R"({"tpm":[]})",
           R"({"tpm":"x"})",
           R"({"tpm":{}})",
           R"({"tpm":{"endorsementKey":"AQ=="}})",
           R"({"tpm":{"storageRootKey":"AQ=="}})",
           R"({"tpm":{"endorsementKey":"","storageRootKey":"AQ=="}})",
           R"({"tpm":{"endorsementKey":1,"storageRootKey":"AQ=="}})",
           R"({"tpm":{"endorsementKey":"?","storageRootKey":"AQ=="}})",
           R"({"tpm":{"endorsementKey":"AQ==","storageRootKey":"AQ==","endorsementKeyCertificate":{}}})",
           R"({"tpm":{"endorsementKey":"AQ==","storageRootKey":"AQ==","endorsementKeyIntermediates":"AQ=="}})",
           R"({"tpm":{"endorsementKey":"AQ==","storageRootKey":"AQ==","endorsementKeyIntermediates":[1]}})",
           R"({"csr":1})",
           R"({"csr":""})",
       })
    EXPECT_EQ(refusal_of(body), Errc::invalid_argument) << body;
}

TEST(AzureRegisterBody, TakesEightIntermediatesAndNotNine) {
  const auto body = [](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) list += i == 0 ? "\"AQ==\"" : ",\"AQ==\"";
    return R"({"tpm":{"endorsementKey":"AQ==","storageRootKey":"AQ==","endorsementKeyIntermediates":[)" + list + "]}}";
  };
  EXPECT_TRUE(read_register_body(body(8)));
  EXPECT_EQ(refusal_of(body(9)), Errc::invalid_argument);
}

TEST(AzureRegisterBody, IsBounded) {
  const auto of_size = [](std::size_t size) {
    const std::string head = R"({"payload":")", tail = "\"}";
    return head + std::string(size - head.size() - tail.size(), 'x') + tail;
  };
  EXPECT_TRUE(read_register_body(of_size(64 * 1024)));
  EXPECT_EQ(refusal_of(of_size(64 * 1024 + 1)), Errc::body_too_large);
  EXPECT_EQ(refusal_of(R"({"payload":)" + std::string(40, '[') + std::string(40, ']') + "}"), Errc::malformed_json);
}

}  // namespace
}  // namespace muster::dialect::azure
