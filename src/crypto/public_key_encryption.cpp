#include "crypto/public_key_encryption.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <new>
#include <stdexcept>

#include "crypto/native.hpp"

namespace muster::crypto {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using base::Secret;

using KeyContext = std::unique_ptr<EVP_PKEY_CTX, native::Release<EVP_PKEY_CTX_free>>;

void set_label(EVP_PKEY_CTX* context, ByteView label) {
  if (label.empty()) return;
  void* owned = OPENSSL_memdup(label.data(), label.size());
  if (owned == nullptr) throw std::bad_alloc();
  if (EVP_PKEY_CTX_set0_rsa_oaep_label(context, owned, static_cast<int>(label.size())) == 1) return;
  OPENSSL_free(owned);
  throw std::runtime_error("the OAEP label cannot be set");
}

void set_padding(EVP_PKEY_CTX* context, HashAlgorithm algorithm, ByteView label) {
  if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_oaep_md(context, native::digest_method(algorithm)) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md(context, native::digest_method(algorithm)) != 1)
    throw std::runtime_error("OAEP cannot be set up");
  set_label(context, label);
}

KeyContext context_of(EVP_PKEY* key) {
  KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
  if (!context) throw std::bad_alloc();
  return context;
}

}  // namespace

Result<Bytes> rsa_oaep_encrypt(const PublicKey& key, HashAlgorithm algorithm, ByteView label, ByteView plain) {
  if (EVP_PKEY_get_base_id(key.native()) != EVP_PKEY_RSA) return Error(Errc::invalid_argument, "not an RSA public key");

  const KeyContext context = context_of(key.native());
  if (EVP_PKEY_encrypt_init(context.get()) != 1) throw std::runtime_error("EVP_PKEY_encrypt_init failed");
  set_padding(context.get(), algorithm, label);
  Bytes encrypted(static_cast<std::size_t>(EVP_PKEY_get_size(key.native())));
  std::size_t size = encrypted.size();
  if (EVP_PKEY_encrypt(context.get(), encrypted.data(), &size, plain.data(), plain.size()) != 1) {
    ERR_clear_error();
    return Error(Errc::invalid_argument, "RSA-OAEP refused the key or the text's size");
  }
  encrypted.resize(size);
  return encrypted;
}

Result<Secret> rsa_oaep_decrypt(const PrivateKey& key, HashAlgorithm algorithm, ByteView label, ByteView encrypted) {
  if (EVP_PKEY_get_base_id(key.native()) != EVP_PKEY_RSA)
    return Error(Errc::invalid_argument, "not an RSA private key");

  const KeyContext context = context_of(key.native());
  if (EVP_PKEY_decrypt_init(context.get()) != 1) throw std::runtime_error("EVP_PKEY_decrypt_init failed");
  set_padding(context.get(), algorithm, label);
  Bytes plain(static_cast<std::size_t>(EVP_PKEY_get_size(key.native())));
  std::size_t size = plain.size();
  if (EVP_PKEY_decrypt(context.get(), plain.data(), &size, encrypted.data(), encrypted.size()) != 1) {
    base::wipe(plain);
    ERR_clear_error();
    return Error(Errc::invalid_argument, "RSA-OAEP did not open the text");
  }
  const std::span<std::uint8_t> unused = std::span(plain).subspan(size);
  base::wipe(unused);
  plain.resize(size);
  return Secret(std::move(plain));
}

}  // namespace muster::crypto
