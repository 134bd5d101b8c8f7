// The public part of a TPM 2.0 key: TPM2B_PUBLIC and TPMT_PUBLIC (TPM 2.0 Library, Part 2, sections 12.2.4 and 12.2.5).
#pragma once

#include <optional>
#include <variant>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "crypto/hash.hpp"
#include "crypto/raw_public_key.hpp"

namespace muster::codec::tpm {

using base::Bytes;
using base::ByteView;

/// TPMA_OBJECT (Part 2, section 8.3.2): the value of each enumerator is its bit.
enum class KeyAttribute : std::uint32_t {
  fixed_tpm = 0x2,
  st_clear = 0x4,
  fixed_parent = 0x10,
  sensitive_data_origin = 0x20,
  user_with_auth = 0x40,
  admin_with_policy = 0x80,
  no_dictionary_attack_protection = 0x400,
  encrypted_duplication = 0x800,
  restricted = 0x10000,
  decrypt = 0x20000,
  sign = 0x40000,
};

/// TPM_ALG_ID (Part 2, section 6.3): those that Muster meets.
enum class Algorithm : std::uint16_t {
  rsa = 0x0001,
  aes = 0x0006,
  keyed_hash = 0x0008,
  sha256 = 0x000b,
  sha384 = 0x000c,
  sha512 = 0x000d,
  null = 0x0010,
  rsassa = 0x0014,
  rsaes = 0x0015,
  rsapss = 0x0016,
  oaep = 0x0017,
  ecdsa = 0x0018,
  ecdaa = 0x001a,
  ecc = 0x0023,
  hmac = 0x0005,
  cfb = 0x0043,
};

/// The cipher with which a storage key protects its children; `algorithm` is null for other keys.
struct SymmetricCipher {
  Algorithm algorithm = Algorithm::null;
  std::uint16_t key_bits = 0;
  Algorithm mode = Algorithm::null;
};

/// What a key signs or decrypts with; null for storage keys.
struct Scheme {
  Algorithm algorithm = Algorithm::null;
  std::optional<crypto::HashAlgorithm> hash;
};

struct RsaKey {
  std::uint16_t bits = 0;
  std::uint32_t exponent = 0;  ///< never 0: the TPM's default is written out as 65537
  Bytes modulus;               ///< big-endian, exactly bits / 8 octets
};

struct EccKey {
  crypto::NistCurve curve = crypto::NistCurve::p256;
  Bytes x;  ///< each padded to the curve's size
  Bytes y;
};

/// One key's public area as it was received.
struct PublicArea {
  crypto::HashAlgorithm name_algorithm = crypto::HashAlgorithm::sha256;
  std::uint32_t attributes = 0;
  Bytes policy;
  SymmetricCipher symmetric;
  Scheme scheme;
  std::variant<RsaKey, EccKey> key;
  Bytes octets;  ///< the TPMT_PUBLIC exactly as received; the name is computed over them

  bool has(KeyAttribute attribute) const { return (attributes & static_cast<std::uint32_t>(attribute)) != 0; }

  /// The name by which a TPM knows the key: the name algorithm and its digest of the octets received (Part 1,
  /// section 16). Never over a copy that was marshalled again, which could differ.
  Bytes name() const;

  /// The same octets as a TPM2B_PUBLIC.
  Bytes sized_octets() const;

  /// The bare key. Errc::tpm_key_unsupported where its numbers make no usable one (a point off the curve, an exponent
  /// below 65537).
  base::Result<crypto::PublicKey> public_key() const;
};

/// The longest TPM2B_PUBLIC that is read: an RSA-4096 key takes 600 octets.
inline constexpr std::size_t public_area_size_max = 1024;

/// Reads a TPM2B_PUBLIC, or a bare TPMT_PUBLIC as some tools write it. Errc::tpm_structure_malformed where octets are
/// missing, left over or contradict each other; Errc::tpm_key_unsupported for anything but RSA of 2048 to 4096 bits,
/// P-256 and P-384, with SHA-256 or SHA-384 names and AES-CFB. Says nothing of what the key may be used for.
base::Result<PublicArea> parse_public_area(ByteView octets);

}  // namespace muster::codec::tpm
