#include "codec/tpm/activation_blob.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "codec/tpm/key_derivation.hpp"
#include "codec/tpm/marshal.hpp"
#include "crypto/cipher.hpp"
#include "crypto/key_agreement.hpp"
#include "crypto/public_key_encryption.hpp"

namespace muster::codec::tpm {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using base::Secret;
using crypto::HashAlgorithm;

constexpr std::size_t part_size_max = 1024;
constexpr std::size_t inner_key_size = 16;  // the C and C# SDKs know AES-128 only here
constexpr std::size_t obfuscation_size = 32;
constexpr std::size_t sensitive_size_max = 256;  // what is around the longest key takes less than 128 octets

/// A seed and its encryption to a storage key.
struct SharedSeed {
  Secret seed;
  Bytes encrypted;  // the contents of a TPM2B_ENCRYPTED_SECRET
};

std::uint32_t digest_bits(HashAlgorithm algorithm) {
  return static_cast<std::uint32_t>(8 * crypto::digest_size(algorithm));
}

/// Part 1, appendix B.10.2: a random seed under RSA-OAEP. The label's terminating zero is part of it.
Result<SharedSeed> seed_for_rsa(const PublicArea& key, std::string_view label, base::Random& random) {
  const auto public_key = key.public_key();
  if (!public_key) return public_key.error();
  const bool names_its_hash = key.scheme.algorithm == Algorithm::oaep && key.scheme.hash.has_value();
  const HashAlgorithm hash = names_its_hash ? *key.scheme.hash : key.name_algorithm;

  Bytes label_octets = base::to_bytes(label);
  label_octets.push_back(0);
  Secret seed = random.secret(crypto::digest_size(key.name_algorithm));
  auto encrypted = crypto::rsa_oaep_encrypt(*public_key, hash, label_octets, seed.reveal());
  if (!encrypted) return Error(Errc::tpm_key_unsupported, encrypted.error().detail());
  return SharedSeed{.seed = std::move(seed), .encrypted = std::move(*encrypted)};
}

/// Part 1, appendix C.6.1: the seed is derived from a one-pass Diffie-Hellman agreement.
Result<SharedSeed> seed_for_ecc(const PublicArea& key, std::string_view label) {
  const auto& ecc = std::get<EccKey>(key.key);
  const auto agreement = crypto::agree_with(ecc.curve, ecc.x, ecc.y);
  if (!agreement) return Error(Errc::tpm_key_unsupported, agreement.error().detail());
  return SharedSeed{.seed = kdfe(key.name_algorithm, agreement->shared_x, label, agreement->ephemeral_x, ecc.x,
                                 digest_bits(key.name_algorithm)),
                    .encrypted = Writer().sized(agreement->ephemeral_x).sized(agreement->ephemeral_y).take()};
}

Result<SharedSeed> share_seed(const PublicArea& key, std::string_view label, base::Random& random) {
  if (key.symmetric.algorithm == Algorithm::null)
    return Error(Errc::tpm_key_unsupported, "the key protects no children: it names no symmetric algorithm");
  if (std::holds_alternative<RsaKey>(key.key)) return seed_for_rsa(key, label, random);
  return seed_for_ecc(key, label);
}

/// Part 1, sections 23.3 and 24.4: encrypts, then authenticates together with the name of the object that it belongs
/// to. TPM2B mac and the encrypted octets.
Bytes wrap(const PublicArea& key, const Secret& seed, ByteView name, ByteView plain) {
  const HashAlgorithm hash = key.name_algorithm;
  const Secret cipher_key = kdfa(hash, seed, "STORAGE", name, {}, key.symmetric.key_bits);
  const Secret mac_key = kdfa(hash, seed, "INTEGRITY", {}, {}, digest_bits(hash));
  const Bytes encrypted = crypto::aes_cfb128_encrypt(cipher_key.reveal(), plain);
  const Bytes mac = crypto::hmac(hash, mac_key.reveal(), base::concat({encrypted, name}));
  return Writer().sized(mac).bytes(encrypted).take();
}

/// The TPMT_PUBLIC of the HMAC key (Part 2, section 12.2.4). It is neither fixedTPM nor fixedParent, or no TPM would
/// import it; it is used with its empty authorization value, and its policy allows nothing but duplication.
Bytes hmac_key_public_area(ByteView obfuscation, const Secret& hmac_key) {
  // PolicyCommandCode(TPM_CC_Duplicate) under SHA-256.
  constexpr std::array<std::uint8_t, 32> duplication_policy = {
      0xbe, 0xf5, 0x6b, 0x8c, 0x1c, 0xc8, 0x4e, 0x11, 0xed, 0xd7, 0x17, 0x52, 0x8d, 0x2c, 0xd9, 0x93,
      0x56, 0xbd, 0x2b, 0xbf, 0x8f, 0x01, 0x52, 0x09, 0xc3, 0xf8, 0x4a, 0xee, 0xab, 0xa8, 0xe8, 0xa2};
  constexpr auto attributes = static_cast<std::uint32_t>(KeyAttribute::sign) |
                              static_cast<std::uint32_t>(KeyAttribute::user_with_auth) |
                              static_cast<std::uint32_t>(KeyAttribute::no_dictionary_attack_protection);
  const Secret unique_input(base::concat({obfuscation, hmac_key.reveal()}));
  return Writer()
      .u16(static_cast<std::uint16_t>(Algorithm::keyed_hash))
      .u16(static_cast<std::uint16_t>(Algorithm::sha256))
      .u32(attributes)
      .sized(duplication_policy)
      .u16(static_cast<std::uint16_t>(Algorithm::hmac))
      .u16(static_cast<std::uint16_t>(Algorithm::sha256))
      .sized(crypto::sha256(unique_input.reveal()))
      .take();
}

/// TPM2B_SENSITIVE (Part 2, section 12.3.3): no authorization value, the obfuscation, the key.
Secret hmac_key_sensitive_area(ByteView obfuscation, const Secret& hmac_key) {
  const Secret sensitive(Writer(sensitive_size_max)
                             .u16(static_cast<std::uint16_t>(Algorithm::keyed_hash))
                             .u16(0)
                             .sized(obfuscation)
                             .sized(hmac_key.reveal())
                             .take());
  return Secret(Writer(sensitive_size_max).sized(sensitive.reveal()).take());
}

/// Part 1, section 23.3.2.3: the sensitive area with its digest in front, under the inner key.
Bytes wrap_inside(const Secret& inner_key, const Secret& sensitive, ByteView name) {
  const Secret digest_input(base::concat({sensitive.reveal(), name}));
  const Secret plain(
      Writer(sensitive_size_max).sized(crypto::sha256(digest_input.reveal())).bytes(sensitive.reveal()).take());
  return crypto::aes_cfb128_encrypt(inner_key.reveal(), plain.reveal());
}

}  // namespace

Result<Credential> make_credential(const PublicArea& ek, ByteView name, const Secret& secret, base::Random& random) {
  if (secret.empty() || secret.size() > crypto::digest_size(ek.name_algorithm))
    throw std::invalid_argument("a credential has 1 to as many octets as the name algorithm's digest");
  const auto shared = share_seed(ek, "IDENTITY", random);
  if (!shared) return shared.error();
  const Secret plain(Writer(2 + secret.size()).sized(secret.reveal()).take());
  return Credential{.id_object = Writer().sized(wrap(ek, shared->seed, name, plain.reveal())).take(),
                    .encrypted_secret = Writer().sized(shared->encrypted).take()};
}

Result<Bytes> make_activation_blob(const PublicArea& ek, const PublicArea& srk, const Secret& hmac_key,
                                   std::string_view uri, base::Random& random) {
  if (hmac_key.empty() || hmac_key.size() > activation_key_size_max)
    throw std::invalid_argument("an HMAC key for a TPM has 1 to 64 octets");
  if (uri.empty() || uri.size() > activation_uri_size_max)
    throw std::invalid_argument("an activation blob names a resource of 1 to 512 octets");

  const Secret inner_key = random.secret(inner_key_size);
  const auto credential = make_credential(ek, srk.name(), inner_key, random);
  if (!credential) return credential.error();
  const auto shared = share_seed(srk, "DUPLICATE", random);
  if (!shared) return shared.error();

  const Secret obfuscation = random.secret(obfuscation_size);
  const Bytes public_area = hmac_key_public_area(obfuscation.reveal(), hmac_key);
  const Bytes name =
      Writer().u16(static_cast<std::uint16_t>(Algorithm::sha256)).bytes(crypto::sha256(public_area)).take();
  const Secret sensitive = hmac_key_sensitive_area(obfuscation.reveal(), hmac_key);
  const Bytes duplicate = wrap(srk, shared->seed, name, wrap_inside(inner_key, sensitive, name));
  return Writer()
      .bytes(credential->id_object)
      .bytes(credential->encrypted_secret)
      .sized(duplicate)
      .sized(shared->encrypted)
      .sized(public_area)
      .sized(crypto::aes_cfb128_encrypt(inner_key.reveal(), base::view(uri)))
      .take();
}

Result<ActivationBlob> split_activation_blob(ByteView blob) {
  Reader reader(blob);
  const auto part = [&reader]() -> ByteView {
    const ByteView from = reader.rest();
    const ByteView contents = reader.sized(part_size_max);
    return reader.failed() ? ByteView() : from.first(2 + contents.size());
  };
  ActivationBlob parts;
  for (ByteView* field : {&parts.id_object, &parts.encrypted_secret, &parts.duplicate, &parts.duplicate_seed,
                          &parts.public_area, &parts.encrypted_uri})
    *field = part();
  if (reader.failed()) return Error(Errc::tpm_structure_malformed, "a part of the activation blob is cut off");
  if (!reader.finished()) return Error(Errc::tpm_structure_malformed, "octets are left over after the activation blob");
  return parts;
}

}  // namespace muster::codec::tpm
