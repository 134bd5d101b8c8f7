#include "crypto/cipher.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "crypto/native.hpp"

namespace muster::crypto {
namespace {

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, native::Release<EVP_CIPHER_CTX_free>>;

const EVP_CIPHER* cipher_for(std::size_t key_size) {
  switch (key_size) {
    case 16:
      return EVP_aes_128_cfb128();
    case 24:
      return EVP_aes_192_cfb128();
    case 32:
      return EVP_aes_256_cfb128();
    default:
      throw std::invalid_argument("an AES key has 16, 24 or 32 octets");
  }
}

Bytes run(ByteView key, ByteView input, int encrypting) {
  const EVP_CIPHER* cipher = cipher_for(key.size());
  constexpr std::array<std::uint8_t, 16> zeros{};
  const CipherContext context(EVP_CIPHER_CTX_new());
  if (!context || EVP_CipherInit_ex(context.get(), cipher, nullptr, key.data(), zeros.data(), encrypting) != 1)
    throw std::runtime_error("EVP_CipherInit_ex failed");

  Bytes output(input.size());
  int written = 0;
  if (!input.empty() &&
      EVP_CipherUpdate(context.get(), output.data(), &written, input.data(), static_cast<int>(input.size())) != 1)
    throw std::runtime_error("EVP_CipherUpdate failed");
  return output;
}

}  // namespace

Bytes aes_cfb128_encrypt(ByteView key, ByteView plain) { return run(key, plain, 1); }

Bytes aes_cfb128_decrypt(ByteView key, ByteView encrypted) { return run(key, encrypted, 0); }

}  // namespace muster::crypto
