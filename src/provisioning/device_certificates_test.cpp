// Certificates that devices ask for with their registration: issued, given again, refused, revoked.
#include "provisioning/device_certificates.hpp"

#include "ca/authority.hpp"
#include "crypto/chain.hpp"
#include "crypto/der.hpp"
#include "provisioning/credential_policies.hpp"
#include "provisioning/devices.hpp"
#include "provisioning/fixture_test.hpp"
#include "provisioning/revocations.hpp"
#include "provisioning/signing_request_test.hpp"

namespace muster::provisioning {
namespace {

namespace der = crypto::der;

class DeviceCertificatesTest : public ProvisioningTest {
 protected:
  DeviceCertificatesTest() {
    add_device_authorities(tree);
    put_policy(24, {});
    auto terms = terms_of(SymmetricKeyAttestation{});
    terms.credential_policy = "daily";
    enroll("pump-1", std::move(terms), {secret(1), secret(2)});
  }

  void put_policy(std::int64_t hours, std::vector<std::string> key_kinds) {
    CredentialPolicy policy{.tenant = tenant_a,
                            .name = "daily",
                            .lifetime_hours = hours,
                            .key_kinds = std::move(key_kinds),
                            .created_at = {},
                            .updated_at = {}};
    ASSERT_TRUE(run(credential_policies.put(std::move(policy), {}, operator_ann)));
  }

  RegistrationRequest asking(std::string_view id, std::string request) {
    auto made = signed_request(id, secret(1));
    made.signing_request = std::move(request);
    return made;
  }
  RegistrationRequest asking(const crypto::PrivateKey& with) { return asking("pump-1", request_of(with, "pump-1")); }

  /// The certificate that a registration which must succeed gives.
  crypto::Certificate issue(const crypto::PrivateKey& with) {
    const auto registered = must_register(asking(with));
    if (registered.certificate_chain.size() != 3) throw std::runtime_error("no chain");
    return *crypto::Certificate::from_der(registered.certificate_chain.front());
  }
  std::string refusal(std::string request) { return outcome(send(asking("pump-1", std::move(request)))); }

  ca::AuthorityTree tree = *ca::make_tree("Plant Devices", noon, random);
  crypto::PrivateKey key = crypto::PrivateKey::generate_p256();
  CredentialPolicies credential_policies{*store, clock};
  Revocations revocations{*store, vault, clock};
  Devices devices{*store, clock};
};

TEST_F(DeviceCertificatesTest, IssuesWithTheRegistrationWhatThePolicySays) {
  const auto registered = must_register(asking(key));
  ASSERT_EQ(registered.certificate_chain.size(), 3U);
  const auto leaf = *crypto::Certificate::from_der(registered.certificate_chain[0]);
  EXPECT_EQ(leaf.subject(), "CN=pump-1");
  EXPECT_EQ(leaf.public_key(), key.public_key());
  EXPECT_EQ(leaf.not_after(), noon + std::chrono::hours(24));
  EXPECT_TRUE(leaf.has_extended_key_usage("1.3.6.1.5.5.7.3.2"));
  const std::vector<crypto::Certificate> between{*crypto::Certificate::from_der(registered.certificate_chain[1])};
  const std::vector<crypto::Certificate> anchors{tree.root};
  EXPECT_TRUE(crypto::build_path(leaf, between, anchors, noon));
  EXPECT_EQ(registered.certificate_chain[2], tree.root.der());

  const auto stored = run(revocations.get(tenant_a, leaf.serial()));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->device, registered.device.id);
  EXPECT_EQ(stored->subject, "pump-1");
  EXPECT_EQ(audited("certificate.issued").size(), 1U);
  const auto looked_up = run(registrar.look_up(signed_request("pump-1", secret(1))));
  ASSERT_TRUE(looked_up);
  EXPECT_EQ(looked_up->certificate_chain, registered.certificate_chain) << "and in polls";
}

TEST_F(DeviceCertificatesTest, GivesOneKeyTheSameCertificateForHalfItsLife) {
  const auto first = issue(key);
  clock.advance(std::chrono::hours(11));
  EXPECT_EQ(issue(key), first) << "the answer may have been lost";
  EXPECT_NE(issue(crypto::PrivateKey::generate_p256()), first);
  EXPECT_EQ(issue(key), first);
  clock.advance(std::chrono::hours(2));
  EXPECT_NE(issue(key), first) << "renewed in the second half";
  EXPECT_EQ(audited("certificate.issued").size(), 3U);
}

TEST_F(DeviceCertificatesTest, NamesTheDeviceByItsRegistrationIdOnly) {
  EXPECT_EQ(outcome(send(asking("pump-1", request_of(key, "")))), "done");
  EXPECT_EQ(outcome(send(asking("pump-1", request_of(key, "PUMP-1")))), "done");
  EXPECT_EQ(issue(key).subject(), "CN=pump-1");
  EXPECT_EQ(refusal(request_of(key, "pump-2")), "csr_not_allowed");
}

TEST_F(DeviceCertificatesTest, RefusesRequestsThatAreNoneOrNotAllowed) {
  EXPECT_EQ(refusal("nonsense"), "csr_malformed");
  EXPECT_EQ(refusal("AQID"), "csr_malformed");
  put_policy(24, {"P-384"});
  EXPECT_EQ(refusal(request_of(key, "pump-1")), "csr_not_allowed") << "another kind of key";
  put_policy(24, {"P-384", "P-256"});
  EXPECT_EQ(refusal(request_of(key, "pump-1")), "done");
  enroll("pump-2", terms_of(SymmetricKeyAttestation{}), {secret(1), secret(2)});
  EXPECT_EQ(outcome(send(asking("pump-2", request_of(key, "pump-2")))), "csr_not_allowed") << "no policy";
  EXPECT_FALSE(run(store->find_device(tenant_a, "pump-2"))) << "nothing was changed";
}

TEST_F(DeviceCertificatesTest, BoundsHowManyCertificatesOfADeviceCount) {
  const auto first = issue(key);
  for (std::size_t i = 1; i < live_certificates_max; ++i) {
    clock.advance(std::chrono::seconds(1));
    issue(crypto::PrivateKey::generate_p256());
  }
  EXPECT_FALSE(run(revocations.get(tenant_a, first.serial()))->revoked_at);
  clock.advance(std::chrono::seconds(1));
  issue(crypto::PrivateKey::generate_p256());
  EXPECT_EQ(run(revocations.get(tenant_a, first.serial()))->revocation_reason, RevocationReason::superseded);
  ASSERT_EQ(audited("certificate.revoked").size(), 1U);
  EXPECT_EQ(audited("certificate.revoked")[0].actor, "device:pump-1");
  for (std::size_t i = live_certificates_max + 1; i < unexpired_certificates_max; ++i)
    issue(crypto::PrivateKey::generate_p256());
  EXPECT_EQ(refusal(request_of(crypto::PrivateKey::generate_p256(), "pump-1")), "quota_exceeded");
  clock.advance(std::chrono::hours(25));
  issue(key);
  EXPECT_EQ(run(registrar.remove_expired_certificates()), unexpired_certificates_max);
  Page all{.after = {}, .limit = 1000};
  EXPECT_EQ(run(store->list_device_certificates(tenant_a, device("pump-1").device.id, std::move(all))).size(), 1U)
      << "what is over is forgotten";
}

TEST_F(DeviceCertificatesTest, ForgetsAllThatIsOverAtOnce) {
  constexpr std::size_t over = 2500;
  const auto valid = issue(key);
  const Uuid pump = device("pump-1").device.id;
  std::vector<Change> changes;
  for (std::size_t i = 0; i < over; ++i) {
    IssuedCertificate issued;
    issued.tenant = tenant_a;
    issued.serial = std::to_string(i);
    issued.purpose = CertificatePurpose::device;
    issued.not_after = noon;
    issued.device = pump;
    changes.emplace_back(Put{std::move(issued)});
  }
  commit(tenant_a, std::move(changes));
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(run(registrar.remove_expired_certificates()), over);
  EXPECT_EQ(run(registrar.remove_expired_certificates()), 0U);
  EXPECT_TRUE(run(store->find_certificate(tenant_a, valid.serial())));
}

TEST_F(DeviceCertificatesTest, LetsADeviceInByTheCertificateThatItWasIssued) {
  const auto leaf = issue(key);
  X509Attestation own;
  own.primary_certificate = tree.issuing.der();
  enroll_group("issued", terms_of(std::move(own)));
  const Precondition must_exist{.kind = Precondition::Kind::must_exist, .entity_tag = {}};
  ASSERT_TRUE(run(enrollments.remove(tenant_a, registration_id("pump-1"), must_exist, operator_ann)));
  auto presenting = request("pump-1");
  presenting.evidence.certificates = {leaf.der(), tree.issuing.der(), tree.root.der()};
  EXPECT_EQ(outcome(send(presenting)), "done");
  ASSERT_TRUE(run(revocations.revoke(tenant_a, leaf.serial(), RevocationReason::key_compromise, operator_ann)));
  EXPECT_EQ(outcome(send(presenting)), "certificate_revoked");

  // Other octets, the same certificate: its signature in another form, as anybody can make one of ECDSA.
  const Bytes& original = leaf.der();
  const Bytes to_be_signed(original.begin() + 4, original.begin() + 8 + original.at(6) * 256 + original.at(7));
  const Bytes algorithm = der::value(der::Tag::sequence, {der::object_identifier("1.2.840.10045.4.3.2")});
  presenting.evidence.certificates.front() = der::value(
      der::Tag::sequence, {to_be_signed, algorithm, der::bit_string(tree.issuing_key.sign_sha256(to_be_signed))});
  EXPECT_NE(presenting.evidence.certificates.front(), original);
  EXPECT_EQ(outcome(send(presenting)), "certificate_revoked");
}

TEST_F(DeviceCertificatesTest, RevokesOnceAndWithTheDevice) {
  const auto leaf = issue(key);
  EXPECT_EQ(outcome(run(revocations.revoke(tenant_a, "ABCD", RevocationReason::unspecified, operator_ann))),
            "certificate_not_found");
  ASSERT_TRUE(run(revocations.revoke(tenant_a, leaf.serial(), RevocationReason::key_compromise, operator_ann)));
  clock.advance(std::chrono::hours(1));
  const auto again = run(revocations.revoke(tenant_a, leaf.serial(), RevocationReason::superseded, operator_ann));
  EXPECT_EQ(again->revoked_at, noon);
  EXPECT_EQ(again->revocation_reason, RevocationReason::key_compromise);
  EXPECT_EQ(run(registrar.look_up(signed_request("pump-1", secret(1))))->certificate_chain.size(), 0U);

  const auto second = issue(key);
  EXPECT_NE(second, leaf) << "a revoked certificate is not given again";
  ASSERT_TRUE(run(devices.remove(device("pump-1"), {}, operator_ann)));
  EXPECT_EQ(run(revocations.get(tenant_a, second.serial()))->revocation_reason,
            RevocationReason::cessation_of_operation);
  EXPECT_EQ(audited("certificate.revoked").size(), 2U);
}

TEST_F(DeviceCertificatesTest, SignsTheListAnewOnceSomethingIsRevoked) {
  const auto leaf = issue(key);
  const Bytes empty = *run(revocations.list(scope_a));
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(*run(revocations.list(scope_a)), empty) << "nothing changed";
  ASSERT_TRUE(run(revocations.revoke(tenant_a, leaf.serial(), RevocationReason::key_compromise, operator_ann)));
  clock.advance(std::chrono::seconds(1));
  const Bytes with_one = *run(revocations.list(scope_a));
  EXPECT_GT(with_one.size(), empty.size());
  clock.advance(std::chrono::hours(13));
  EXPECT_NE(*run(revocations.list(scope_a)), with_one) << "half its life is over";
  EXPECT_EQ(outcome(run(revocations.list(IdScope("0neFFFFFFFF")))), "unknown_id_scope");
}

TEST_F(DeviceCertificatesTest, KeepsAPolicyWhileAnEnrollmentNamesIt) {
  EXPECT_EQ(outcome(run(credential_policies.remove(tenant_a, "daily", {}, operator_ann))), "in_use");
  CredentialPolicy wanted{.tenant = tenant_a, .name = "x", .key_kinds = {}, .created_at = {}, .updated_at = {}};
  const auto put = [&] { return outcome(run(credential_policies.put(wanted, {}, operator_ann))); };
  EXPECT_EQ(put(), "done");
  EXPECT_EQ(outcome(run(credential_policies.remove(tenant_a, "x", {}, operator_ann))), "done");
  EXPECT_EQ(outcome(run(credential_policies.remove(tenant_a, "x", {}, operator_ann))), "credential_policy_not_found");
  for (const std::int64_t hours : {std::int64_t{0}, certificate_lifetime_hours_max + 1}) {
    wanted.lifetime_hours = hours;
    EXPECT_EQ(put(), "invalid_argument");
  }
  wanted.lifetime_hours = certificate_lifetime_hours_max;
  EXPECT_EQ(put(), "done");
  wanted.key_kinds = {"DSA"};
  EXPECT_EQ(put(), "invalid_argument");
  wanted.key_kinds.clear();
  wanted.name = "a b";
  EXPECT_EQ(put(), "invalid_argument");
}

}  // namespace
}  // namespace muster::provisioning
