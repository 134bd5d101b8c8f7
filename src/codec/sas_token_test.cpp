#include "codec/sas_token.hpp"

#include <gtest/gtest.h>

#include "codec/percent_encoding.hpp"

namespace muster::codec {
namespace {

using base::Errc;
using base::Secret;

const Secret key(*base::from_base64("c3lta2V5LXN5bWtleS1zeW1rZXktc3lta2V5LTAxMjM="));

Errc refusal_of(const std::string& text) { return parse_sas_token(text).error().code(); }

TEST(SasToken, SignsAsTheAzureSdks) {
  // The first was sent by the Node SDK; the resource's spelling is part of what is signed.
  const std::pair<const char*, const char*> cases[] = {
      {"0ne00000001/registrations/dev-sym", "NIXNTR21cPQFJ3eHZh8Fkn4cVszLPWHczygVexwrh5I="},
      {"0ne00000001%2Fregistrations%2Fdev-sym", "xiFA6afUupD6xJ+Zbh23s0FZsPYXIP9HqY2V47aaY+c="},
      {"0ne00000001%2fregistrations%2fdev-sym", "9tSfhdKSdCaYQIDbR+8tmVW3rLV81HPsOOhgPwVauYs="},
  };
  for (const auto& [resource, signature] : cases) {
    EXPECT_EQ(base::to_base64(sas_signature(key, resource, "1795456257")), signature);
    EXPECT_EQ(make_sas_token(resource, key, base::from_unix_seconds(1795456257), "registration"),
              "SharedAccessSignature sr=" + std::string(resource) + "&sig=" + percent_encode(signature) +
                  "&se=1795456257&skn=registration");
  }
}

TEST(SasToken, ReadsFieldsInAnyOrderAndKeepsTheirSpelling) {
  const auto token = parse_sas_token(
      "SharedAccessSignature skn=registration&se=1795456257&sig=9tSfhdKSdCaYQIDbR%2b8tmVW3rLV81HPsOOhgPwVauYs%3d&"
      "sr=0ne00000001%2fregistrations%2fdev-sym");
  ASSERT_TRUE(token) << token.error().detail();
  EXPECT_EQ(token->resource_as_sent, "0ne00000001%2fregistrations%2fdev-sym");
  EXPECT_EQ(token->resource, "0ne00000001/registrations/dev-sym");
  EXPECT_EQ(token->expires_as_sent, "1795456257");
  EXPECT_EQ(base::to_unix_seconds(token->expires), 1795456257);
  EXPECT_EQ(base::to_base64(token->signature), "9tSfhdKSdCaYQIDbR+8tmVW3rLV81HPsOOhgPwVauYs=");
  EXPECT_EQ(token->key_name, "registration");
}

TEST(SasToken, ReadsWhatEachSdkSends) {
  const char* texts[] = {
      // Node: nothing but the signature is encoded.
      ("SharedAccessSignature sr=s/registrations/d&sig=NIXNTR21cPQFJ3eHZh8Fkn4cVszLPWHczygVexwrh5I%3D&skn=registration&"
       "se=1"),
      // Python: no skn.
      "SharedAccessSignature sr=s%2Fregistrations%2Fd&sig=NIXNTR21cPQFJ3eHZh8Fkn4cVszLPWHczygVexwrh5I%3D&se=1",
      // Java: an empty skn.
      "SharedAccessSignature sr=s/registrations/d&sig=NIXNTR21cPQFJ3eHZh8Fkn4cVszLPWHczygVexwrh5I%3D&se=1&skn=",
      // Base64 as it is, its padding behind a second equals sign.
      "SharedAccessSignature sr=s/registrations/d&sig=NIXNTR21cPQFJ3eHZh8Fkn4cVszLPWHczygVexwrh5I=&se=1",
      // A field that is not known.
      "SharedAccessSignature sr=s/registrations/d&x=y&sig=NIXNTR21cPQFJ3eHZh8Fkn4cVszLPWHczygVexwrh5I=&se=1"};
  for (const char* text : texts) {
    const auto token = parse_sas_token(text);
    ASSERT_TRUE(token) << text << ": " << token.error().detail();
    EXPECT_EQ(token->resource, "s/registrations/d");
    EXPECT_EQ(token->signature.size(), 32U);
  }
}

TEST(SasToken, RefusesWhatIsNoToken) {
  for (const char* text :
       {"", "Bearer x", "SharedAccessSignature", "SharedAccessSignature ", "SharedAccessSignature sr=a&se=1",
        "SharedAccessSignature sig=AAAA&se=1", "SharedAccessSignature sr=a&sig=AAAA",
        "SharedAccessSignature sr=a&sr=b&sig=AAAA&se=1", "SharedAccessSignature sr=&sig=AAAA&se=1",
        "SharedAccessSignature sr=a%zz&sig=AAAA&se=1", "SharedAccessSignature sr=a%00&sig=AAAA&se=1",
        "SharedAccessSignature sr=a&sig=A!AA&se=1",
        "SharedAccessSignature sr=a&sig=AAAA&se=", "SharedAccessSignature sr=a&sig=AAAA&se=-1",
        "SharedAccessSignature sr=a&sig=AAAA&se=1.5", "SharedAccessSignature sr=a&sig=AAAA&se=253402300800",
        "SharedAccessSignature sr=a&sig=AAAA&se=99999999999999999999", "SharedAccessSignature sr&sig=AAAA&se=1",
        "SharedAccessSignature sr=a&sig=AAAA&se=1&skn=%"})
    EXPECT_EQ(refusal_of(text), Errc::credentials_malformed) << text;
}

TEST(SasToken, HasALimit) {
  const std::string start = "SharedAccessSignature sig=AAAA&se=1&sr=";
  EXPECT_TRUE(parse_sas_token(start + std::string(sas_token_size_max - start.size(), 'a')));
  EXPECT_EQ(refusal_of(start + std::string(sas_token_size_max - start.size() + 1, 'a')), Errc::credentials_malformed);
}

TEST(SasToken, ReadsWhatItMakes) {
  const auto token = parse_sas_token(make_sas_token("a%2Fb", key, base::from_unix_seconds(5), "the name"));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->resource, "a/b");
  EXPECT_EQ(token->key_name, "the name");
  EXPECT_EQ(make_sas_token("a", key, base::from_unix_seconds(5), "").find("skn"), std::string::npos);
}

}  // namespace
}  // namespace muster::codec
