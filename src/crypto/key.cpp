#include "crypto/key.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/x509.h>

#include <array>
#include <new>
#include <optional>
#include <stdexcept>

#include "crypto/native.hpp"
#include "crypto/pem.hpp"

namespace muster::crypto {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using base::Secret;

constexpr int rsa_bits_min = 2048;
constexpr int rsa_bits_max = 8192;
/// An RSA key of 8192 bits as PKCS #8 has 4.7 KiB.
constexpr std::size_t key_size_max = 8 * 1024;

std::optional<std::string> curve_name(const EVP_PKEY* key) {
  // Explicit parameters can imitate a named curve with another generator, for which anybody can find the private key
  // (CVE-2020-0601).
  int is_explicit = 0;
  if (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) != 1 ||
      is_explicit != 0)
    return std::nullopt;
  std::array<char, 64> name{};
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr) != 1) return std::nullopt;
  switch (OBJ_txt2nid(name.data())) {
    case NID_X9_62_prime256v1:
      return "P-256";
    case NID_secp384r1:
      return "P-384";
    case NID_secp521r1:
      return "P-521";
    default:
      return std::nullopt;
  }
}

/// Nothing for keys that Muster does not take.
std::optional<std::string> kind_of(const EVP_PKEY* key) {
  std::optional<std::string> kind;
  const int bits = EVP_PKEY_bits(key);
  if (EVP_PKEY_id(key) == EVP_PKEY_EC) kind = curve_name(key);
  if (EVP_PKEY_id(key) == EVP_PKEY_RSA && bits >= rsa_bits_min && bits <= rsa_bits_max)
    kind = "RSA-" + std::to_string(bits);
  ERR_clear_error();
  return kind;
}

std::shared_ptr<EVP_PKEY> share(EVP_PKEY* key) {
  if (key == nullptr) throw std::runtime_error("key operation failed: " + native::take_reason());
  return {key, EVP_PKEY_free};
}

}  // namespace

struct PublicKey::State {
  std::shared_ptr<EVP_PKEY> key;
  std::string kind;
  Bytes der;  ///< empty where the key was not read from one
};

Result<PublicKey> PublicKey::from_der(ByteView subject_public_key_info) {
  if (subject_public_key_info.size() > key_size_max) return Error(Errc::invalid_argument, "public key is too large");
  const unsigned char* position = subject_public_key_info.data();
  const native::Key key(d2i_PUBKEY(nullptr, &position, static_cast<long>(subject_public_key_info.size())));
  if (!key) return Error(Errc::invalid_argument, "not a public key: " + native::take_reason());
  if (position != subject_public_key_info.data() + subject_public_key_info.size())
    return Error(Errc::invalid_argument, "octets behind the public key");
  return adopt(key.get(), base::to_bytes(subject_public_key_info));
}

Result<PublicKey> PublicKey::from_native(evp_pkey_st* key) { return adopt(key, {}); }

Result<PublicKey> PublicKey::adopt(evp_pkey_st* key, Bytes der) {
  auto kind = kind_of(key);
  if (!kind) return Error(Errc::invalid_argument, "a public key of a kind or size that is not supported");
  if (EVP_PKEY_up_ref(key) != 1) throw std::runtime_error("EVP_PKEY_up_ref failed");
  return PublicKey(std::make_shared<const State>(State{share(key), std::move(*kind), std::move(der)}));
}

Bytes PublicKey::der() const { return state_->der.empty() ? native::encode(native(), i2d_PUBKEY) : state_->der; }

const std::string& PublicKey::kind() const { return state_->kind; }

evp_pkey_st* PublicKey::native() const { return state_->key.get(); }

bool PublicKey::verify(HashAlgorithm algorithm, ByteView data, ByteView signature) const {
  const native::DigestContext context(EVP_MD_CTX_new());
  if (!context) throw std::bad_alloc();
  if (EVP_DigestVerifyInit(context.get(), nullptr, native::digest_method(algorithm), nullptr, native()) != 1)
    throw std::runtime_error("EVP_DigestVerifyInit failed: " + native::take_reason());
  const bool is_valid =
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), data.data(), data.size()) == 1;
  ERR_clear_error();
  return is_valid;
}

bool PublicKey::operator==(const PublicKey& other) const {
  const bool is_equal = native() == other.native() || EVP_PKEY_eq(native(), other.native()) == 1;
  ERR_clear_error();
  return is_equal;
}

PrivateKey PrivateKey::generate_p256() {
  const std::unique_ptr<EVP_PKEY_CTX, native::Release<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1) != 1 ||
      EVP_PKEY_keygen(context.get(), &key) != 1)
    throw std::runtime_error("key generation failed: " + native::take_reason());
  return PrivateKey(share(key));
}

Result<PrivateKey> PrivateKey::from_pkcs8(const Secret& der) {
  const ByteView octets = der.reveal();
  if (octets.size() > key_size_max) return Error(Errc::invalid_argument, "private key is too large");
  const unsigned char* position = octets.data();
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, native::Release<PKCS8_PRIV_KEY_INFO_free>> info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &position, static_cast<long>(octets.size())));
  native::Key key(info ? EVP_PKCS82PKEY(info.get()) : nullptr);
  if (!key) return Error(Errc::invalid_argument, "not a private key: " + native::take_reason());
  if (position != octets.data() + octets.size()) return Error(Errc::invalid_argument, "octets behind the private key");
  if (!kind_of(key.get()))
    return Error(Errc::invalid_argument, "a private key of a kind or size that is not supported");
  return PrivateKey(share(key.release()));
}

Secret PrivateKey::pkcs8() const {
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, native::Release<PKCS8_PRIV_KEY_INFO_free>> info(
      EVP_PKEY2PKCS8(key_.get()));
  if (!info) throw std::runtime_error("EVP_PKEY2PKCS8 failed: " + native::take_reason());
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr);
  if (size <= 0) throw std::runtime_error("i2d_PKCS8_PRIV_KEY_INFO failed: " + native::take_reason());
  Bytes octets(static_cast<std::size_t>(size));
  unsigned char* position = octets.data();
  i2d_PKCS8_PRIV_KEY_INFO(info.get(), &position);
  return Secret(std::move(octets));
}

Secret PrivateKey::pem() const {
  std::string text = to_pem("PRIVATE KEY", pkcs8().reveal());
  Secret secret(base::to_bytes(text));
  base::wipe(text);
  return secret;
}

PublicKey PrivateKey::public_key() const { return *PublicKey::from_native(key_.get()); }

Bytes PrivateKey::sign_sha256(ByteView data) const {
  const native::DigestContext context(EVP_MD_CTX_new());
  if (!context) throw std::bad_alloc();
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size()) != 1)
    throw std::runtime_error("signing failed: " + native::take_reason());
  Bytes signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, data.data(), data.size()) != 1)
    throw std::runtime_error("signing failed: " + native::take_reason());
  signature.resize(size);
  return signature;
}

}  // namespace muster::crypto
