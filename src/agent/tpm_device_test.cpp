// The device's TPM code and the service's against libtpms: what make_activation_blob wraps, a TPM has to open. These
// tests start a swtpm with tests/support/swtpm.sh and need swtpm, swtpm-tools and tpm2-tools.
#include "agent/tpm_device.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <cstdlib>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/commands.hpp"
#include "agent/outcome.hpp"
#include "agent/token.hpp"
#include "codec/sas_token.hpp"
#include "codec/tpm/activation_blob.hpp"
#include "codec/tpm/public_area.hpp"
#include "crypto/certificate.hpp"
#include "crypto/hash.hpp"
#include "source_directory.hpp"

namespace muster::agent {
namespace {

using base::Bytes;
using base::Secret;

constexpr const char* script = MUSTER_SOURCE_DIR "/tests/support/swtpm.sh";
constexpr EndorsementKeyKind kinds[] = {EndorsementKeyKind::rsa2048, EndorsementKeyKind::p256,
                                        EndorsementKeyKind::p384};

int shell(const std::string& command) { return std::system(command.c_str()); }

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// One manufactured TPM for all tests: it takes two seconds to make.
class TpmDeviceTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string pattern = (std::filesystem::temp_directory_path() / "muster-tpm-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    ASSERT_EQ(run("manufacture"), 0);
    ASSERT_EQ(run("start"), 0);
  }
  static void TearDownTestSuite() {
    run("stop");
    std::filesystem::remove_all(directory_);
  }

  static int run(const std::string& action) {
    return shell("SWTPM_OWNER=" + std::to_string(getpid()) + " " + script + " " + action + " " + directory_.string() +
                 " > /dev/null");
  }
  static int tool(const std::string& command) {
    return shell("TPM2TOOLS_TCTI=" + tcti() + " " + command + " > " + (directory_ / "tool.log").string() + " 2>&1");
  }
  static std::string tcti() { return "swtpm:path=" + (directory_ / "device" / "tpm.sock").string(); }

  /// What a service would send this TPM.
  static Bytes blob_for(const TpmDevice& tpm, const Secret& key) {
    base::SystemRandom random;
    const auto endorsement_key = codec::tpm::parse_public_area(tpm.endorsement_key());
    const auto storage_root_key = codec::tpm::parse_public_area(tpm.storage_root_key());
    return *codec::tpm::make_activation_blob(*endorsement_key, *storage_root_key, key, "scope/registrations/id",
                                             random);
  }

  inline static std::filesystem::path directory_;
};

Secret key_of(const char* text) { return Secret(base::to_bytes(text)); }

Bytes expected_hmac(const Secret& key, const std::string& data) {
  return crypto::hmac(crypto::HashAlgorithm::sha256, key.reveal(), base::view(data));
}

ExitCode failure_of(TpmDevice& tpm, base::ByteView blob) {
  try {
    tpm.import_key(blob);
  } catch (const Failure& failure) {
    return failure.code();
  }
  return ExitCode::success;
}

TEST_F(TpmDeviceTest, OpensTheServicesBlobWithEveryKindOfEndorsementKey) {
  for (const EndorsementKeyKind kind : kinds) {
    TpmDevice tpm(tcti(), kind);
    const Secret key = base::SystemRandom().secret(32);
    tpm.import_key(blob_for(tpm, key));
    EXPECT_EQ(tpm.hmac(base::view("to sign")), expected_hmac(key, "to sign"));
  }
}

TEST_F(TpmDeviceTest, TakesKeysOfEverySizeThatTheServiceSends) {
  TpmDevice tpm(tcti(), EndorsementKeyKind::rsa2048);
  for (const std::size_t size : {1U, 20U, 32U, 64U}) {
    const Secret key = base::SystemRandom().secret(size);
    tpm.import_key(blob_for(tpm, key));
    EXPECT_EQ(tpm.hmac(base::view("to sign")), expected_hmac(key, "to sign")) << size;
  }
}

TEST_F(TpmDeviceTest, ReplacesTheFormerKey) {
  TpmDevice tpm(tcti(), EndorsementKeyKind::rsa2048);
  tpm.import_key(blob_for(tpm, key_of("the first")));
  tpm.import_key(blob_for(tpm, key_of("the second")));
  EXPECT_EQ(tpm.hmac(base::view("x")), expected_hmac(key_of("the second"), "x"));
}

TEST_F(TpmDeviceTest, KeepsKeysWhenItRestarts) {
  Bytes endorsement_key;
  Bytes storage_root_key;
  {
    TpmDevice tpm(tcti(), EndorsementKeyKind::rsa2048);
    tpm.import_key(blob_for(tpm, key_of("kept")));
    endorsement_key = tpm.endorsement_key();
    storage_root_key = tpm.storage_root_key();
  }
  ASSERT_EQ(run("stop"), 0);
  ASSERT_EQ(run("start"), 0);
  TpmDevice tpm(tcti(), EndorsementKeyKind::rsa2048);
  EXPECT_EQ(tpm.endorsement_key(), endorsement_key);
  EXPECT_EQ(tpm.storage_root_key(), storage_root_key);
  EXPECT_EQ(tpm.hmac(base::view("x")), expected_hmac(key_of("kept"), "x"));
}

TEST_F(TpmDeviceTest, KeepsTheFormerKeyWhenABlobIsForAnotherTpm) {
  TpmDevice tpm(tcti(), EndorsementKeyKind::rsa2048);
  tpm.import_key(blob_for(tpm, key_of("mine")));
  // The storage root key stands in for the endorsement key of another TPM.
  base::SystemRandom random;
  const auto storage_root_key = codec::tpm::parse_public_area(tpm.storage_root_key());
  const auto foreign =
      codec::tpm::make_activation_blob(*storage_root_key, *storage_root_key, key_of("theirs"), "uri", random);
  ASSERT_TRUE(foreign);
  EXPECT_EQ(failure_of(tpm, *foreign), ExitCode::tpm);
  EXPECT_EQ(tpm.hmac(base::view("x")), expected_hmac(key_of("mine"), "x"));
}

// The credential names the storage root key: with any other in its place the TPM must not release the inner key.
TEST_F(TpmDeviceTest, RefusesABlobForAnotherStorageRootKey) {
  TpmDevice tpm(tcti(), EndorsementKeyKind::rsa2048);
  base::SystemRandom random;
  const auto endorsement_key = codec::tpm::parse_public_area(tpm.endorsement_key());
  const auto blob =
      codec::tpm::make_activation_blob(*endorsement_key, *endorsement_key, key_of("secret"), "uri", random);
  ASSERT_TRUE(blob);
  EXPECT_EQ(failure_of(tpm, *blob), ExitCode::tpm);
}

TEST_F(TpmDeviceTest, RefusesBlobsThatWereChanged) {
  TpmDevice tpm(tcti(), EndorsementKeyKind::rsa2048);
  const Bytes blob = blob_for(tpm, key_of("secret"));
  const std::size_t positions[] = {10, 40, 200, 330, 400, 600, 740};  // each of the parts but the text at the end
  for (const std::size_t position : positions) {
    Bytes changed = blob;
    changed[position] ^= 1U;
    EXPECT_NE(failure_of(tpm, changed), ExitCode::success) << position;
  }
  EXPECT_EQ(failure_of(tpm, Bytes{}), ExitCode::unexpected_answer);
  EXPECT_EQ(failure_of(tpm, base::ByteView(blob).first(blob.size() - 1)), ExitCode::unexpected_answer);
  // Nothing of all this may stay behind in the TPM, which has room for three sessions and three objects.
  EXPECT_EQ(failure_of(tpm, blob), ExitCode::success);
}

TEST_F(TpmDeviceTest, ReadsTheCertificateOfEachEndorsementKey) {
  const std::pair<EndorsementKeyKind, const char*> cases[] = {{EndorsementKeyKind::rsa2048, "ek-rsa2048.crt"},
                                                              {EndorsementKeyKind::p256, "ek-secp256r1.crt"},
                                                              {EndorsementKeyKind::p384, "ek-secp384r1.crt"}};
  for (const auto& [kind, file] : cases) {
    TpmDevice tpm(tcti(), kind);
    const auto der = tpm.endorsement_certificate();
    ASSERT_TRUE(der) << file;
    EXPECT_EQ(std::string(base::text_view(*der)), content_of(directory_ / "device" / file));
    const auto certificate = crypto::Certificate::from_der(*der);
    ASSERT_TRUE(certificate) << file;
    const auto area = codec::tpm::parse_public_area(tpm.endorsement_key());
    EXPECT_TRUE(certificate->public_key() == *area->public_key()) << file;
  }
}

// A certificate says which key it is for, so keys made again from our templates must be the manufacturer's.
TEST_F(TpmDeviceTest, MakesTheManufacturersKeysAgain) {
  const std::pair<EndorsementKeyKind, const char*> cases[] = {{EndorsementKeyKind::rsa2048, "0x81010001"},
                                                              {EndorsementKeyKind::p256, "0x8101000a"},
                                                              {EndorsementKeyKind::p384, "0x81010016"}};
  for (const auto& [kind, handle] : cases) {
    const Bytes manufactured = TpmDevice(tcti(), kind).endorsement_key();
    ASSERT_EQ(tool(std::string("tpm2_evictcontrol -C o -c ") + handle), 0);
    EXPECT_EQ(TpmDevice(tcti(), kind).endorsement_key(), manufactured) << handle;
  }
}

TEST_F(TpmDeviceTest, SignsTokensThatTheServiceAccepts) {
  TpmDevice tpm(tcti(), EndorsementKeyKind::rsa2048);
  const Secret key = base::SystemRandom().secret(32);
  tpm.import_key(blob_for(tpm, key));
  TpmDeviceKey device_key(tpm, false, {});
  const auto expires = base::from_unix_seconds(1'800'000'000);
  const auto text = make_token(device_key, "0ne00000001/registrations/device-7", expires, "registration");
  ASSERT_TRUE(text);
  const auto token = codec::parse_sas_token(*text);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->signature, codec::sas_signature(key, token->resource_as_sent, token->expires_as_sent));
  EXPECT_EQ(token->expires, expires);
}

TEST_F(TpmDeviceTest, RefusesToSignWithoutAKey) {
  {
    TpmDevice provisioned(tcti(), EndorsementKeyKind::rsa2048);
    provisioned.import_key(blob_for(provisioned, key_of("removed")));
  }
  ASSERT_EQ(tool("tpm2_evictcontrol -C o -c 0x81000100"), 0);
  TpmDevice tpm(tcti(), EndorsementKeyKind::rsa2048);
  EXPECT_THROW(tpm.hmac(base::view("x")), Failure);
}

TEST_F(TpmDeviceTest, ShowsWhatAnEnrollmentNeeds) {
  ShowTpmOptions options;
  options.tcti = tcti();
  options.certificate_output_file = (directory_ / "ek.pem").string();
  std::ostringstream out;
  show_tpm(options, out);
  TpmDevice tpm(tcti(), EndorsementKeyKind::rsa2048);
  EXPECT_EQ(tpm.endorsement_key().size(), 316U);
  EXPECT_EQ(tpm.storage_root_key().size(), 284U);
  EXPECT_NE(out.str().find(base::to_base64(tpm.endorsement_key())), std::string::npos);
  EXPECT_NE(out.str().find(default_registration_id(tpm.endorsement_key())), std::string::npos);
  EXPECT_TRUE(crypto::Certificate::from_text(content_of(options.certificate_output_file)));
}

TEST(TpmDevice, SaysThatThereIsNoTpm) {
  try {
    const TpmDevice device("swtpm:path=/nonexistent/tpm.sock", EndorsementKeyKind::rsa2048);
    FAIL() << "found a TPM";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::tpm);
  }
}

}  // namespace
}  // namespace muster::agent
