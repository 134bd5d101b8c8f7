// Revocation lists and OCSP answers, as OpenSSL's command line reads them: another reader's judgement.
#include "ca/revocation.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/run_task.hpp"
#include "base/temporary_directory_test.hpp"
#include "ca/authority.hpp"
#include "crypto/pem.hpp"
#include "crypto/signing_request.hpp"

namespace muster::ca {
namespace {

using base::Bytes;
using base::Errc;
using crypto::Certificate;

const base::TimePoint now = *base::from_rfc3339("2026-06-01T12:00:00Z");
constexpr std::uint8_t key_compromise = 1;

class RevocationTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("openssl version >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no openssl command";
    signer_.add("issuing", tree_.issuing_key);
    write("root.pem", tree_.root.pem());
    write("issuing.pem", tree_.issuing.pem());
    write("good.pem", good_.pem());
    write("bad.pem", bad_.pem());
  }

  Certificate device(const std::string& name) {
    crypto::KeyringSigner signer;
    signer.add("issuing", tree_.issuing_key);
    DeviceCertificateTerms terms{.lifetime = std::chrono::hours(24),
                                 .dns_names = {},
                                 .crl_url = "http://pki.example/crl",
                                 .ocsp_url = "http://pki.example/ocsp",
                                 .issuer_url = "http://pki.example/issuing.crt"};
    return *base::run_task(device_certificate(signer, "issuing", tree_.issuing, name,
                                              crypto::PrivateKey::generate_p256().public_key(), std::move(terms), now,
                                              random_));
  }

  void write(const std::string& name, std::string_view octets) {
    std::ofstream(folder_ / name, std::ios::binary).write(octets.data(), static_cast<std::streamsize>(octets.size()));
  }
  Bytes read(const std::string& name) {
    std::ifstream file(folder_ / name, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    return base::to_bytes(text);
  }
  /// The exit code of one command in the folder; what it prints is in "out".
  int openssl(const std::string& arguments) {
    return std::system(("cd '" + folder_.string() + "' && openssl " + arguments + " >out 2>&1").c_str());
  }
  std::string printed() { return std::string(base::text_view(read("out"))); }

  void write_list(std::vector<RevokedSerial> revoked) {
    RevocationList list{.number = 7, .this_update = now, .next_update = now + std::chrono::hours(24), .revoked = {}};
    list.revoked = std::move(revoked);
    const auto made = base::run_task(sign_list(signer_, "issuing", tree_.issuing, std::move(list)));
    ASSERT_TRUE(made);
    write("list.pem", crypto::to_pem("X509 CRL", *made));
  }

  base::SequenceRandom random_;
  AuthorityTree tree_ = *make_tree("Muster Test", now, random_);
  crypto::KeyringSigner signer_;
  Certificate good_ = device("pump-1");
  Certificate bad_ = device("pump-2");
  base::TemporaryDirectory temporary_;
  const std::filesystem::path& folder_ = temporary_.path();
  std::string at_ = " -attime " + std::to_string(base::to_unix_seconds(now));
};

TEST_F(RevocationTest, ListsWhatOpensslThenRefuses) {
  const std::string verify =
      "verify -x509_strict -crl_check -CAfile root.pem -untrusted issuing.pem -no-CApath" + at_ + " -CRLfile list.pem ";
  write_list({});
  EXPECT_EQ(openssl(verify + "good.pem"), 0) << printed();
  EXPECT_EQ(openssl(verify + "bad.pem"), 0) << printed();
  write_list({{.serial = bad_.serial(), .revocation = {.at = now, .reason = key_compromise}}});
  EXPECT_EQ(openssl(verify + "good.pem"), 0) << printed();
  EXPECT_NE(openssl(verify + "bad.pem"), 0);
  EXPECT_NE(printed().find("certificate revoked"), std::string::npos) << printed();
  ASSERT_EQ(openssl("crl -in list.pem -noout -text"), 0);
  EXPECT_NE(printed().find("Key Compromise"), std::string::npos) << printed();
  EXPECT_NE(printed().find("X509v3 CRL Number: \n                7"), std::string::npos) << printed();
}

TEST_F(RevocationTest, NamesWhereToAskInTheCertificate) {
  ASSERT_EQ(openssl("x509 -in good.pem -noout -text"), 0);
  const std::string text = printed();
  for (const char* part : {"URI:http://pki.example/crl", "OCSP - URI:http://pki.example/ocsp",
                           "CA Issuers - URI:http://pki.example/issuing.crt", "TLS Web Client Authentication"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST_F(RevocationTest, AnswersWhatOpensslAsks) {
  for (const char* digest : {"-sha1", "-sha256"}) {
    ASSERT_EQ(
        openssl(std::string("ocsp ") + digest + " -issuer issuing.pem -cert good.pem -cert bad.pem -reqout question"),
        0)
        << printed();
    const auto question = crypto::parse_ocsp_request(read("question"), tree_.issuing);
    ASSERT_TRUE(question) << base::to_string(question.error());
    ASSERT_EQ(question->certificates.size(), 2U);
    EXPECT_TRUE(question->nonce);
    OcspAnswer answer{.now = now, .next_update = now + std::chrono::hours(1), .statuses = {}, .nonce = question->nonce};
    for (const auto& asked : question->certificates) {
      EXPECT_TRUE(asked.is_issuers);
      const bool is_good = asked.serial == good_.serial();
      EXPECT_TRUE(is_good || asked.serial == bad_.serial());
      CertificateStatus status{
          .id = asked.der, .state = is_good ? CertificateState::good : CertificateState::revoked, .revocation = {}};
      if (!is_good) status.revocation = Revocation{.at = now, .reason = key_compromise};
      answer.statuses.push_back(std::move(status));
    }
    const auto signed_answer = base::run_task(sign_ocsp_answer(signer_, "issuing", tree_.issuing, std::move(answer)));
    ASSERT_TRUE(signed_answer);
    write("answer", base::text_view(*signed_answer));
    ASSERT_EQ(openssl(std::string("ocsp ") + digest +
                      " -no_nonce -issuer issuing.pem -cert good.pem -cert bad.pem -reqin question -respin answer "
                      "-CAfile root.pem "
                      "-verify_other issuing.pem -no-CApath -validity_period 1000000000" +
                      at_),
              0)
        << printed();
    EXPECT_NE(printed().find("Response verify OK"), std::string::npos) << printed();
    EXPECT_NE(printed().find("good.pem: good"), std::string::npos) << printed();
    EXPECT_NE(printed().find("bad.pem: revoked"), std::string::npos) << printed();
    EXPECT_NE(printed().find("Reason: keyCompromise"), std::string::npos) << printed();
  }
}

TEST_F(RevocationTest, KnowsQuestionsAboutOtherIssuersAndRefusesBrokenOnes) {
  ASSERT_EQ(openssl("ocsp -no_nonce -issuer root.pem -cert issuing.pem -reqout question"), 0) << printed();
  const auto question = crypto::parse_ocsp_request(read("question"), tree_.issuing);
  ASSERT_TRUE(question);
  EXPECT_FALSE(question->certificates.front().is_issuers);
  EXPECT_FALSE(question->nonce);

  Bytes broken = read("question");
  broken.push_back(0);
  for (const auto& octets : {Bytes{}, Bytes{0x30, 0x00}, broken, Bytes(crypto::ocsp_request_size_max + 1, 0x30)})
    EXPECT_EQ(crypto::parse_ocsp_request(octets, tree_.issuing).error().code(), Errc::malformed_request);

  std::string many = "ocsp -no_nonce -issuer issuing.pem";
  for (std::size_t i = 0; i < crypto::ocsp_certificates_max; ++i) many += " -serial " + std::to_string(i + 1);
  ASSERT_EQ(openssl(many + " -reqout question"), 0) << printed();
  EXPECT_TRUE(crypto::parse_ocsp_request(read("question"), tree_.issuing));
  ASSERT_EQ(openssl(many + " -serial 99 -reqout question"), 0) << printed();
  EXPECT_FALSE(crypto::parse_ocsp_request(read("question"), tree_.issuing));
}

TEST_F(RevocationTest, ReadsRequestsForCertificatesThatOpensslMakes) {
  using crypto::SigningRequest;
  ASSERT_EQ(openssl("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout key.pem -subj "
                    "/O=Contoso/CN=pump-1 -addext subjectAltName=DNS:pump-1.example,IP:192.0.2.1 -out request.pem"),
            0)
      << printed();
  const auto text = std::string(base::text_view(read("request.pem")));
  const auto request = SigningRequest::from_text(text);
  ASSERT_TRUE(request) << base::to_string(request.error());
  EXPECT_EQ(request->key.kind(), "P-384");
  EXPECT_EQ(request->common_name, "pump-1");
  EXPECT_EQ(request->dns_names, std::vector<std::string>{"pump-1.example"});

  Bytes der = crypto::pem_blocks(text, "CERTIFICATE REQUEST", 1)->front();
  EXPECT_TRUE(SigningRequest::from_text(base::to_base64(der)));
  der.push_back(0);
  EXPECT_EQ(SigningRequest::from_der(der).error().code(), Errc::csr_malformed) << "an octet behind it";
  der.pop_back();
  der.back() ^= 1U;
  EXPECT_EQ(SigningRequest::from_der(der).error().code(), Errc::csr_malformed) << "another signature";
  for (const auto& octets : {Bytes{}, Bytes{0x30, 0x00}, Bytes(crypto::signing_request_size_max + 1, 0x30)})
    EXPECT_EQ(SigningRequest::from_der(octets).error().code(), Errc::csr_malformed);
  for (const auto& wrong : {std::string("?"), good_.pem(), std::string(crypto::signing_request_text_size_max + 1, 'A')})
    EXPECT_EQ(SigningRequest::from_text(wrong).error().code(), Errc::csr_malformed);

  ASSERT_EQ(openssl("req -new -newkey rsa:1024 -nodes -keyout key.pem -subj /CN=pump-1 -out request.pem"), 0)
      << printed();
  EXPECT_FALSE(SigningRequest::from_text(base::text_view(read("request.pem")))) << "too small a key";
  ASSERT_EQ(openssl("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj /O=Contoso -out "
                    "request.pem"),
            0)
      << printed();
  EXPECT_EQ(SigningRequest::from_text(base::text_view(read("request.pem")))->common_name, std::nullopt);
}

}  // namespace
}  // namespace muster::ca
