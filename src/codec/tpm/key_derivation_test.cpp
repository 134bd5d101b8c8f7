#include "codec/tpm/key_derivation.hpp"

#include <gtest/gtest.h>

#include "codec/tpm/vectors_test.hpp"

namespace muster::codec::tpm {
namespace {

TEST(TpmKeyDerivation, DerivesAsAnotherImplementation) {
  const auto vectors = load_vectors("tpm.json").at("kdf").as_array();
  ASSERT_EQ(vectors.size(), 8U);
  for (const auto& vector : vectors) {
    const auto algorithm =
        vector.at("alg").as_int64() == 0x0b ? crypto::HashAlgorithm::sha256 : crypto::HashAlgorithm::sha384;
    const auto bits = vector.at("bits").to_number<std::uint32_t>();
    const auto key = secret(vector.at("key"));
    const auto u = octets(vector.at("u"));
    const auto v = octets(vector.at("v"));
    EXPECT_EQ(base::to_bytes(kdfa(algorithm, key, "STORAGE", u, v, bits).reveal()), octets(vector.at("kdfa_STORAGE")));
    EXPECT_EQ(base::to_bytes(kdfe(algorithm, key, "IDENTITY", u, v, bits).reveal()),
              octets(vector.at("kdfe_IDENTITY")));
  }
}

TEST(TpmKeyDerivation, DerivesTheKeysOfAnActivationBlob) {
  const auto blob = load_vectors("tpm-blob.json").at("blob");
  const auto seed = secret(blob.at("seed"));
  const auto sha256 = crypto::HashAlgorithm::sha256;
  const auto derive = [&](const char* label, const base::Bytes& context, std::uint32_t bits) {
    return base::to_bytes(kdfa(sha256, seed, label, context, {}, bits).reveal());
  };
  EXPECT_EQ(derive("STORAGE", octets(blob.at("srkName")), 128), octets(blob.at("storageKey")));
  EXPECT_EQ(derive("STORAGE", octets(blob.at("hmacKeyName")), 128), octets(blob.at("duplicateStorageKey")));
  EXPECT_EQ(derive("INTEGRITY", {}, 256), octets(blob.at("integrityKey")));
}

}  // namespace
}  // namespace muster::codec::tpm
