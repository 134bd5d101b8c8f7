#include "crypto/seal.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>
#include <limits>
#include <memory>
#include <stdexcept>

#include "crypto/native.hpp"

namespace muster::crypto {
namespace {

using base::Secret;
using Context = std::unique_ptr<EVP_CIPHER_CTX, native::Release<EVP_CIPHER_CTX_free>>;

constexpr std::uint8_t format_aes_256_gcm = 1;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t overhead = 1 + nonce_size + tag_size;

int size_of(ByteView octets) {
  if (octets.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw std::length_error("too many octets to seal");
  return static_cast<int>(octets.size());
}

void check(int result) {
  if (result != 1) throw std::runtime_error("AES-GCM failed: " + native::take_reason());
}

Context context_of() {
  Context context(EVP_CIPHER_CTX_new());
  if (!context) throw std::bad_alloc();
  return context;
}

void check_key(const Secret& key) {
  if (key.size() != seal_key_size) throw std::invalid_argument("a sealing key has 32 octets");
}

}  // namespace

Bytes seal(const Secret& key, ByteView plaintext, ByteView associated_data, base::Random& random) {
  check_key(key);
  const Bytes nonce = random.bytes(nonce_size);
  Bytes sealed(overhead + plaintext.size());
  sealed[0] = format_aes_256_gcm;
  std::copy(nonce.begin(), nonce.end(), sealed.begin() + 1);
  unsigned char* const ciphertext = sealed.data() + 1 + nonce_size;

  const Context context = context_of();
  int size = 0;
  check(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.reveal().data(), nonce.data()));
  check(EVP_EncryptUpdate(context.get(), nullptr, &size, associated_data.data(), size_of(associated_data)));
  check(EVP_EncryptUpdate(context.get(), ciphertext, &size, plaintext.data(), size_of(plaintext)));
  check(EVP_EncryptFinal_ex(context.get(), ciphertext + plaintext.size(), &size));
  check(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, ciphertext + plaintext.size()));
  return sealed;
}

std::optional<Secret> unseal(const Secret& key, ByteView sealed, ByteView associated_data) {
  check_key(key);
  if (sealed.size() < overhead || sealed.front() != format_aes_256_gcm) return std::nullopt;
  const ByteView nonce = sealed.subspan(1, nonce_size);
  const ByteView ciphertext = sealed.subspan(1 + nonce_size, sealed.size() - overhead);
  std::array<std::uint8_t, tag_size> tag{};
  std::copy(sealed.end() - tag_size, sealed.end(), tag.begin());

  const Context context = context_of();
  int size = 0;
  check(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.reveal().data(), nonce.data()));
  check(EVP_DecryptUpdate(context.get(), nullptr, &size, associated_data.data(), size_of(associated_data)));
  // Room for one octet at least: a null pointer would mean associated data.
  Bytes plaintext(ciphertext.size() + 1);
  check(EVP_DecryptUpdate(context.get(), plaintext.data(), &size, ciphertext.data(), size_of(ciphertext)));
  check(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()));
  const bool is_authentic = EVP_DecryptFinal_ex(context.get(), plaintext.data() + ciphertext.size(), &size) == 1;
  ERR_clear_error();
  if (!is_authentic) {
    base::wipe(plaintext);
    return std::nullopt;
  }
  plaintext.pop_back();
  return Secret(std::move(plaintext));
}

}  // namespace muster::crypto
