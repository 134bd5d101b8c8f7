// That TLS still has every algorithm that it is to have: TLS uses a selection of OpenSSL's, see net/tls_algorithms.hpp.
#include "net/tls_algorithms.hpp"

#include <openssl/evp.h>

#include "net/loopback_test.hpp"

namespace muster::net {
namespace {

using namespace testing;

class TlsAlgorithms : public ::testing::Test {
 protected:
  /// With an ECDSA identity, and an RSA one for those who need it.
  TlsAlgorithms() : loop_(1, log_) {
    TlsSettings settings;
    settings.identity = make_identity("server");
    settings.second_identity = make_identity("server", 0, true);
    listener_ =
        std::make_unique<Listener>(loop_, on_loopback(), std::make_shared<TlsContext>(settings), &introduce, log_);
    loop_.start();
  }

  /// What the server says of the client; empty where there was no handshake.
  std::string introduce_to_server(TlsClient& client) {
    TcpClient tcp(listener_->port());
    if (!client.handshake(tcp)) return {};
    client.send("hello.");
    return client.receive_all();
  }

  RecordingLog log_;
  ServerLoop loop_;
  std::unique_ptr<Listener> listener_;
};

TEST_F(TlsAlgorithms, AreASelection) {
  OSSL_LIB_CTX* selection = tls_algorithms();
  ASSERT_NE(selection, nullptr);
  EVP_MD* wanted = EVP_MD_fetch(selection, "SHA2-256", nullptr);
  EXPECT_NE(wanted, nullptr);
  EVP_MD_free(wanted);
  EXPECT_EQ(EVP_MD_fetch(selection, "MD5", nullptr), nullptr);
}

TEST_F(TlsAlgorithms, TakeEveryKindOfClientKey) {
  struct Kind {
    const char* name;
    EVP_PKEY* key;
  };
  const Kind kinds[] = {{"P-256", EVP_EC_gen("P-256")},
                        {"P-384", EVP_EC_gen("P-384")},
                        {"P-521", EVP_EC_gen("P-521")},
                        {"RSA 2048", EVP_RSA_gen(2048)},
                        {"RSA 3072", EVP_RSA_gen(3072)},
                        {"Ed25519", EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")},
                        {"Ed448", EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448")}};
  for (const Kind& kind : kinds) {
    const TlsIdentity device = certify_key(kind.key, "device-1");
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      TlsClient client;
      client.only_version(version);
      client.use(device);
      EXPECT_EQ(introduce_to_server(client), "hello.127.0.0.1||1|der") << kind.name << ", version " << version;
    }
  }
}

TEST_F(TlsAlgorithms, HaveEveryCipherSuite) {
  const std::pair<const char*, int> suites[] = {
      {"TLS_AES_128_GCM_SHA256", TLS1_3_VERSION},        {"TLS_AES_256_GCM_SHA384", TLS1_3_VERSION},
      {"TLS_CHACHA20_POLY1305_SHA256", TLS1_3_VERSION},  {"ECDHE-ECDSA-AES128-GCM-SHA256", TLS1_2_VERSION},
      {"ECDHE-ECDSA-AES256-GCM-SHA384", TLS1_2_VERSION}, {"ECDHE-ECDSA-CHACHA20-POLY1305", TLS1_2_VERSION},
      {"ECDHE-RSA-AES128-GCM-SHA256", TLS1_2_VERSION},   {"ECDHE-RSA-AES256-GCM-SHA384", TLS1_2_VERSION},
      {"ECDHE-RSA-CHACHA20-POLY1305", TLS1_2_VERSION}};
  const TlsIdentity device = make_identity("device-1");
  for (const auto& [name, version] : suites) {
    TlsClient client;
    ASSERT_TRUE(client.only_suite(name, version)) << name;
    client.use(device);
    EXPECT_EQ(introduce_to_server(client), "hello.127.0.0.1||1|der") << name;
  }
}

TEST_F(TlsAlgorithms, HaveEveryGroup) {
  for (const char* name : {"X25519", "P-256", "P-384", "P-521"}) {
    TlsClient client;
    ASSERT_TRUE(client.only_group(name)) << name;
    EXPECT_EQ(introduce_to_server(client), "hello.127.0.0.1||0|") << name;
  }
}

// The server forgets the keys of the exchange after the handshake; new traffic keys do not come from those.
TEST_F(TlsAlgorithms, ChangeTheTrafficKeysOfALiveConnection) {
  TlsClient client;
  client.use(make_identity("device-1"));
  TcpClient tcp(listener_->port());
  ASSERT_TRUE(client.handshake(tcp));
  client.send("before ");
  ASSERT_EQ(SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
  client.send("after.");
  EXPECT_EQ(client.receive_all(), "before after.127.0.0.1||1|der");
}

}  // namespace
}  // namespace muster::net
