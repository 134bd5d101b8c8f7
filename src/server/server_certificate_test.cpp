#include "server/server_certificate.hpp"

#include "ca/authority.hpp"
#include "crypto/certificate.hpp"
#include "server/fixture_test.hpp"

namespace muster::server {
namespace {

class ServerCertificateTest : public StoreTest {
 protected:
  ServerCertificateTest() { initialize(); }

  net::TlsIdentity identity(std::vector<std::string> hosts = {"dps.example", "192.0.2.1"}) {
    ServerCertificate certificate(*store, vault, clock, random, std::move(hosts));
    return base::run_task(certificate.current());
  }
  static std::vector<crypto::Certificate> chain_of(const net::TlsIdentity& identity) {
    return *crypto::certificates_from_pem(identity.certificate_chain_pem, 8);
  }
  static crypto::Certificate leaf_of(const net::TlsIdentity& identity) { return chain_of(identity).front(); }
};

TEST_F(ServerCertificateTest, IsIssuedByTheServiceAuthorityForAllHosts) {
  const auto chain = chain_of(identity());
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_TRUE(chain[0].is_issued_by(chain[1]));
  EXPECT_TRUE(chain[0].names_host("dps.example"));
  EXPECT_TRUE(chain[0].names_host("192.0.2.1"));
  EXPECT_FALSE(chain[0].names_host("localhost"));
  EXPECT_FALSE(chain[0].is_ca());
  EXPECT_LE(chain[0].not_before(), noon);
  EXPECT_EQ(chain[0].not_after(), noon + ca::server_lifetime);
  // What clients are given to trust.
  base::run_task(write_public_certificates(*store, directory));
  EXPECT_TRUE(chain[1].is_issued_by(*crypto::Certificate::from_text(read_text(directory.ca_certificate()))));
}

TEST_F(ServerCertificateTest, IsRecordedAndKeptOverRestarts) {
  const auto first = leaf_of(identity());
  EXPECT_EQ(leaf_of(identity()), first);
  store.reset();
  store = store::open_store(directory.database(), random);
  provisioning::Vault reopened(base::Secret(base::Bytes(32, 7)), 1, *store, random);
  ServerCertificate certificate(*store, reopened, clock, random, {"dps.example"});
  EXPECT_EQ(leaf_of(base::run_task(certificate.current())), first);
  const auto records = base::run_task(store->scan_audit(0, 100));
  EXPECT_EQ(records.back().record.event.action, "server_certificate.issued");
  EXPECT_EQ(records.back().record.event.subject, "certificate:" + first.serial());
}

TEST_F(ServerCertificateTest, IsRenewedWhenAThirdOfItsLifeIsLeft) {
  const auto first = leaf_of(identity());
  const auto renewal = first.not_after() - (first.not_after() - first.not_before()) / 3;
  clock.advance(renewal - noon - std::chrono::seconds(1));
  EXPECT_EQ(leaf_of(identity()), first);
  clock.advance(std::chrono::seconds(1));
  const auto second = leaf_of(identity());
  EXPECT_FALSE(second == first);
  EXPECT_EQ(second.not_after(), clock.now() + ca::server_lifetime);
  EXPECT_EQ(leaf_of(identity()), second);
}

TEST_F(ServerCertificateTest, IsIssuedAnewForAnotherHost) {
  const auto first = leaf_of(identity());
  const auto second = leaf_of(identity({"dps.example", "new.example"}));
  EXPECT_FALSE(second == first);
  EXPECT_TRUE(second.names_host("new.example"));
  // A host that is not asked for any more does no harm.
  EXPECT_EQ(leaf_of(identity({"new.example"})), second);
}

TEST_F(ServerCertificateTest, RefusesHostsThatACertificateCannotName) {
  EXPECT_NE(fault_of([&] { identity({"not a host"}); }), "");
}

TEST_F(ServerCertificateTest, NeedsTheMasterKeyThatSealedIt) {
  identity();
  provisioning::Vault another(base::Secret(base::Bytes(32, 8)), 1, *store, random);
  ServerCertificate certificate(*store, another, clock, random, {"dps.example"});
  EXPECT_ANY_THROW(base::run_task(certificate.current()));
}

}  // namespace
}  // namespace muster::server
