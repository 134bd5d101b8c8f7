#include "crypto/hash.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <stdexcept>

#include "crypto/native.hpp"

namespace muster::crypto {

std::size_t digest_size(HashAlgorithm algorithm) {
  return static_cast<std::size_t>(EVP_MD_get_size(native::digest_method(algorithm)));
}

Bytes hash(HashAlgorithm algorithm, ByteView data) {
  Bytes digest(digest_size(algorithm));
  if (EVP_Digest(data.data(), data.size(), digest.data(), nullptr, native::digest_method(algorithm), nullptr) != 1)
    throw std::runtime_error("EVP_Digest failed");
  return digest;
}

std::array<std::uint8_t, 32> sha256(ByteView data) {
  std::array<std::uint8_t, 32> digest{};
  SHA256(data.data(), data.size(), digest.data());
  return digest;
}

Bytes hmac(HashAlgorithm algorithm, ByteView key, ByteView data) {
  Bytes code(digest_size(algorithm));
  unsigned size = 0;
  // OpenSSL takes a null key for "the key of the last call"; an empty key is a key here.
  static const std::uint8_t nothing = 0;
  const void* octets = key.empty() ? &nothing : key.data();
  if (HMAC(native::digest_method(algorithm), octets, static_cast<int>(key.size()), data.data(), data.size(),
           code.data(), &size) == nullptr)
    throw std::runtime_error("HMAC failed");
  return code;
}

std::array<std::uint8_t, 32> hmac_sha256(ByteView key, ByteView data) {
  const Bytes code = hmac(HashAlgorithm::sha256, key, data);
  std::array<std::uint8_t, 32> fixed{};
  std::copy(code.begin(), code.end(), fixed.begin());
  return fixed;
}

}  // namespace muster::crypto
