#include "provisioning/vault.hpp"

#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class VaultTest : public ProvisioningTest {
 protected:
  VaultTest() { add_tenant(tenant_b, IdScope("0ne0000000B")); }

  static SecretPlace place() { return {.tenant = tenant_a, .table = "enrollment", .row = "pump-1/primary"}; }
  Bytes opened(Vault& with, const SealedSecret& sealed, SecretPlace from = place()) {
    return base::to_bytes(run(with.open(std::move(from), sealed)).reveal());
  }
  SealedSecret sealed(std::uint8_t octet = 1) { return run(vault.seal(place(), secret(octet))); }
  DataKey data_key() { return run(store->list_data_keys(tenant_a)).back(); }

  const TenantId tenant_b{"tenant-b"};
};

TEST_F(VaultTest, OpensWhatItSealed) {
  EXPECT_EQ(opened(vault, sealed()), Bytes(32, 1));
  EXPECT_EQ(opened(vault, run(vault.seal(place(), Secret()))), Bytes());
}

TEST_F(VaultTest, ShowsNothingOfASecret) {
  const SealedSecret one = sealed();
  EXPECT_NE(one, sealed()) << "equal secrets must not look equal";
  const std::string_view text = base::text_view(one);
  EXPECT_EQ(text.find(std::string(8, '\1')), std::string::npos);
}

TEST_F(VaultTest, DoesNotOpenASecretThatWasMoved) {
  const SealedSecret secret = sealed();
  const SecretPlace others[] = {
      {tenant_a, "enrollment", "pump-2/primary"},       {tenant_a, "enrollment", "pump-1/secondary"},
      {tenant_a, "enrollment_group", "pump-1/primary"}, {tenant_b, "enrollment", "pump-1/primary"},
      {tenant_a, "enrollmentpump-1", "/primary"},       {tenant_a, "", "enrollmentpump-1/primary"},
  };
  for (const auto& other : others) EXPECT_THROW(opened(vault, secret, other), std::runtime_error) << other.row;
}

TEST_F(VaultTest, DoesNotOpenASecretThatWasChanged) {
  const SealedSecret secret = sealed();
  for (std::size_t i = 0; i < secret.size(); ++i) {
    SealedSecret changed = secret;
    changed[i] ^= 0x80U;
    EXPECT_THROW(opened(vault, changed), std::runtime_error) << "octet " << i;
    const SealedSecret cut(secret.begin(), secret.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_THROW(opened(vault, cut), std::runtime_error) << i << " octets";
  }
}

TEST_F(VaultTest, SaysThatTheMasterKeyIsAnotherOne) {
  const SealedSecret secret = sealed();
  Vault stranger(provisioning::secret(8), 1, *store, random);
  EXPECT_THROW(opened(stranger, secret), std::runtime_error);
  EXPECT_THROW(run(stranger.seal(place(), provisioning::secret(1))), std::runtime_error);
}

TEST_F(VaultTest, RefusesAMasterKeyOfAnotherSize) {
  for (const std::size_t size : {0U, 16U, 31U, 33U})
    EXPECT_THROW(Vault(Secret(Bytes(size, 7)), 1, *store, random), std::invalid_argument) << size;
}

TEST_F(VaultTest, ThrowsForATenantWithoutADataKey) {
  EXPECT_THROW(run(vault.seal({TenantId("nobody"), "enrollment", "pump-1"}, secret(1))), std::runtime_error);
}

TEST_F(VaultTest, ResealsDataKeysUnderAnotherMasterKey) {
  const SealedSecret secret = sealed();
  Vault next(provisioning::secret(8), 2, *store, random);
  const DataKey resealed = next.reseal(data_key(), vault);
  EXPECT_EQ(resealed.master_version, 2);
  commit(tenant_a, {Put{resealed}});

  EXPECT_EQ(opened(next, secret), Bytes(32, 1));
  Vault old(provisioning::secret(7), 1, *store, random);
  EXPECT_THROW(opened(old, secret), std::runtime_error);
}

TEST_F(VaultTest, DoesNotResealWhatTheOldMasterKeyDoesNotOpen) {
  Vault next(secret(8), 2, *store, random);
  const Vault stranger(secret(9), 1, *store, random);
  EXPECT_THROW(next.reseal(data_key(), stranger), std::runtime_error);
}

TEST_F(VaultTest, DoesNotOpenADataKeyThatWasMovedToAnotherTenant) {
  DataKey moved = run(store->list_data_keys(tenant_b)).back();
  moved.sealed = data_key().sealed;
  commit(tenant_b, {Put{moved}});
  EXPECT_THROW(run(vault.seal({tenant_b, "enrollment", "pump-1"}, secret(1))), std::runtime_error);
}

TEST_F(VaultTest, SealsUnderTheNewestDataKeyAndOpensUnderAll) {
  const SealedSecret old = sealed(1);
  commit(tenant_a, {Put{vault.make_data_key(tenant_a, 2, noon)}});
  Vault restarted(secret(7), 1, *store, random);
  const SealedSecret fresh = run(restarted.seal(place(), secret(2)));
  EXPECT_EQ(base::to_hex(ByteView(old).first(4)), "00000001");
  EXPECT_EQ(base::to_hex(ByteView(fresh).first(4)), "00000002");
  EXPECT_EQ(opened(restarted, old), Bytes(32, 1));
  // A vault that has not seen the new data key yet asks for it.
  EXPECT_EQ(opened(vault, fresh), Bytes(32, 2));
}

TEST_F(VaultTest, SealsBeforeTheStoreKnowsTheKey) {
  const DataKey key = vault.make_data_key(TenantId("tenant-c"), 1, noon);
  const SecretPlace at{.tenant = TenantId("tenant-c"), .table = "access_policy", .row = "owner/primary"};
  const SealedSecret early = vault.seal_with(key, at, secret(5));
  commit(TenantId("tenant-c"), {Put{key}});
  EXPECT_EQ(opened(vault, early, at), Bytes(32, 5));
}

TEST_F(VaultTest, MakesACodeThatHoldsForOneMessageInOnePlaceOnEveryNode) {
  const Bytes message = base::to_bytes("turn 7");
  const Bytes code = run(vault.authentication_code(place(), message));
  EXPECT_EQ(code.size(), 32U);
  Vault other_node(secret(7), 1, *store, random);
  EXPECT_EQ(run(other_node.authentication_code(place(), message)), code);

  EXPECT_NE(run(vault.authentication_code(place(), base::to_bytes("turn 8"))), code);
  for (const SecretPlace& other :
       {SecretPlace{tenant_a, "enrollment", "pump-2/primary"}, SecretPlace{tenant_b, "enrollment", "pump-1/primary"}})
    EXPECT_NE(run(vault.authentication_code(other, message)), code);
  EXPECT_THROW(run(vault.authentication_code({TenantId("tenant-c"), "enrollment", "a"}, message)), std::runtime_error);
}

TEST_F(VaultTest, ForgetsATenantsDataKeysAndNoOther) {
  const SealedSecret of_a = sealed();
  const SecretPlace at_b{tenant_b, "enrollment", "pump-1/primary"};
  const SealedSecret of_b = run(vault.seal(at_b, secret(2)));
  commit(tenant_a, {Remove{data_key()}});
  vault.forget(tenant_a);
  EXPECT_THROW(opened(vault, of_a), std::runtime_error);
  EXPECT_EQ(opened(vault, of_b, at_b), Bytes(32, 2));
}

}  // namespace
}  // namespace muster::provisioning
