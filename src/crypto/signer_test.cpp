#include "crypto/signer.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/run_task.hpp"

namespace muster::crypto {
namespace {

TEST(KeyringSigner, SignsWithTheKeyOfThatName) {
  KeyringSigner signer;
  const auto first = PrivateKey::generate_p256();
  const auto second = PrivateKey::generate_p256();
  signer.add("first", first);
  signer.add("second", second);

  const auto signature = base::run_task(signer.sign("second", base::to_bytes("data")));
  ASSERT_TRUE(signature);
  EXPECT_TRUE(second.public_key().verify(HashAlgorithm::sha256, base::view("data"), *signature));
  EXPECT_FALSE(first.public_key().verify(HashAlgorithm::sha256, base::view("data"), *signature));
}

TEST(KeyringSigner, ReplacesAKeyOfTheSameName) {
  KeyringSigner signer;
  const auto successor = PrivateKey::generate_p256();
  signer.add("key", PrivateKey::generate_p256());
  signer.add("key", successor);
  const auto signature = base::run_task(signer.sign("key", base::to_bytes("data")));
  EXPECT_TRUE(successor.public_key().verify(HashAlgorithm::sha256, base::view("data"), *signature));
}

TEST(KeyringSigner, ThrowsWhereThereIsNoSuchKey) {
  KeyringSigner signer;
  EXPECT_THROW(static_cast<void>(base::run_task(signer.sign("missing", base::to_bytes("data")))), std::out_of_range);
}

}  // namespace
}  // namespace muster::crypto
