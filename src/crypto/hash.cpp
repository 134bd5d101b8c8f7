#include "crypto/hash.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "crypto/native.hpp"

namespace muster::crypto {
namespace {

const char* name_of(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha1:
      return "SHA1";
    case HashAlgorithm::sha256:
      return "SHA256";
    case HashAlgorithm::sha384:
      return "SHA384";
    case HashAlgorithm::sha512:
      return "SHA512";
  }
  throw std::logic_error("unknown hash algorithm");
}

using MacContext = std::unique_ptr<EVP_MAC_CTX, native::Release<EVP_MAC_CTX_free>>;

/// What OpenSSL 3 looks up anew in every call that names an algorithm: that look-up costs more than the hash itself.
struct Prepared {
  explicit Prepared(HashAlgorithm algorithm)
      : digest(EVP_MD_fetch(nullptr, name_of(algorithm), nullptr)),
        size(static_cast<std::size_t>(EVP_MD_get_size(digest))) {
    const std::unique_ptr<EVP_MAC, native::Release<EVP_MAC_free>> method(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    mac.reset(EVP_MAC_CTX_new(method.get()));
    std::string name = name_of(algorithm);
    const OSSL_PARAM settings[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                                   OSSL_PARAM_construct_end()};
    if (digest == nullptr || !mac || EVP_MAC_CTX_set_params(mac.get(), settings) != 1)
      throw std::runtime_error("OpenSSL lacks " + name);
  }

  EVP_MD* digest;    // for as long as the program runs
  std::size_t size;  // octets
  MacContext mac;    // without a key; only ever copied
};

const Prepared& prepared(HashAlgorithm algorithm) {
  static const Prepared all[] = {Prepared(HashAlgorithm::sha1), Prepared(HashAlgorithm::sha256),
                                 Prepared(HashAlgorithm::sha384), Prepared(HashAlgorithm::sha512)};
  return all[static_cast<std::size_t>(algorithm)];
}

void digest_into(HashAlgorithm algorithm, ByteView data, std::uint8_t* out) {
  if (EVP_Digest(data.data(), data.size(), out, nullptr, prepared(algorithm).digest, nullptr) != 1)
    throw std::runtime_error("EVP_Digest failed");
}

void hmac_into(HashAlgorithm algorithm, ByteView key, ByteView data, std::span<std::uint8_t> out) {
  // OpenSSL takes a null key for "the key of the last call"; an empty key is a key here.
  static const std::uint8_t nothing = 0;
  const std::uint8_t* octets = key.empty() ? &nothing : key.data();
  const MacContext context(EVP_MAC_CTX_dup(prepared(algorithm).mac.get()));
  std::size_t size = 0;
  if (!context || EVP_MAC_init(context.get(), octets, key.size(), nullptr) != 1 ||
      EVP_MAC_update(context.get(), data.data(), data.size()) != 1 ||
      EVP_MAC_final(context.get(), out.data(), &size, out.size()) != 1)
    throw std::runtime_error("HMAC failed");
}

}  // namespace

std::size_t digest_size(HashAlgorithm algorithm) { return prepared(algorithm).size; }

Bytes hash(HashAlgorithm algorithm, ByteView data) {
  Bytes digest(digest_size(algorithm));
  digest_into(algorithm, data, digest.data());
  return digest;
}

std::array<std::uint8_t, 32> sha256(ByteView data) {
  std::array<std::uint8_t, 32> digest{};
  digest_into(HashAlgorithm::sha256, data, digest.data());
  return digest;
}

Bytes hmac(HashAlgorithm algorithm, ByteView key, ByteView data) {
  Bytes code(digest_size(algorithm));
  hmac_into(algorithm, key, data, code);
  return code;
}

std::array<std::uint8_t, 32> hmac_sha256(ByteView key, ByteView data) {
  std::array<std::uint8_t, 32> code{};
  hmac_into(HashAlgorithm::sha256, key, data, code);
  return code;
}

}  // namespace muster::crypto
