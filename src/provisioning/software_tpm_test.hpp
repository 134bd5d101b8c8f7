// A TPM 2.0 in software, as far as a device needs it to be provisioned. Included by tests only.
#pragma once

#include <stdexcept>
#include <string>

#include "codec/tpm/activation_blob.hpp"
#include "codec/tpm/endorsement_policy.hpp"
#include "crypto/cipher.hpp"
#include "crypto/key_agreement.hpp"
#include "provisioning/attestation.hpp"

namespace muster::provisioning {

/// The attributes of a storage root key as a TPM makes it (TPM 2.0 Library, Part 2, section 8.3): fixedTPM,
/// fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, decrypt.
inline constexpr std::uint32_t storage_key_attributes = 0x00030472;
/// Those of an endorsement key: fixedTPM, fixedParent, sensitiveDataOrigin, adminWithPolicy, restricted, decrypt.
inline constexpr std::uint32_t endorsement_key_attributes = 0x000300b2;

/// A P-256 storage key with its private part.
class SoftwareStorageKey {
 public:
  explicit SoftwareStorageKey(std::uint32_t attributes = storage_key_attributes, Bytes policy = {})
      : key_(crypto::PrivateKey::generate_p256()) {
    const Bytes spki = key_.public_key().der();
    x_ = Bytes(spki.end() - 64, spki.end() - 32);
    const Bytes y(spki.end() - 32, spki.end());
    Bytes attribute_octets;
    for (int shift = 24; shift >= 0; shift -= 8)
      attribute_octets.push_back(static_cast<std::uint8_t>(attributes >> static_cast<unsigned>(shift)));
    // Part 2, section 12.2.4 (TPMT_PUBLIC): ECC, SHA-256, the attributes, the policy, AES-128-CFB, no scheme, P-256, no
    // KDF, the point.
    area_ =
        base::concat({*base::from_hex("0023000b"), attribute_octets, Bytes{0, static_cast<std::uint8_t>(policy.size())},
                      policy, *base::from_hex("0006008000430010000300100020"), x_, *base::from_hex("0020"), y});
  }

  const crypto::PrivateKey& key() const { return key_; }
  /// TPM2B_PUBLIC.
  Bytes public_area() const { return base::concat({Bytes{0, static_cast<std::uint8_t>(area_.size())}, area_}); }
  Bytes name() const { return base::concat({Bytes{0x00, 0x0b}, crypto::sha256(area_)}); }

  /// Part 1, annex C (ECC: secret sharing): the seed that a point was sent for.
  Bytes open_seed(std::string_view label, ByteView point) const {
    const ByteView x = take(point);
    const ByteView y = take(point);
    const auto shared = crypto::shared_x_coordinate(key_, crypto::NistCurve::p256, x, y);
    if (!shared) throw std::runtime_error("no point of the curve");
    const Bytes label_octets = base::to_bytes(std::string(label) + '\0');
    return crypto::hash(crypto::HashAlgorithm::sha256,
                        base::concat({Bytes{0, 0, 0, 1}, shared->reveal(), label_octets, x, x_}));
  }

  /// Part 1, sections 23 and 24: what was encrypted under a seed for the object of this name.
  static Bytes unwrap(ByteView seed, ByteView name, ByteView wrapped) {
    const ByteView mac = take(wrapped);
    const Bytes integrity_key = derive(seed, "INTEGRITY", {}, 256);
    const Bytes expected = crypto::hmac(crypto::HashAlgorithm::sha256, integrity_key, base::concat({wrapped, name}));
    if (expected != base::to_bytes(mac)) throw std::runtime_error("TPM_RC_INTEGRITY");
    return crypto::aes_cfb128_decrypt(derive(seed, "STORAGE", name, 128), wrapped);
  }

  /// The contents of a TPM2B at the front, which it takes off.
  static ByteView take(ByteView& octets) {
    const std::size_t size = static_cast<std::size_t>(octets[0]) << 8U | octets[1];
    const ByteView contents = octets.subspan(2, size);
    octets = octets.subspan(2 + size);
    return contents;
  }

 private:
  /// One block of KDFa (Part 1, section 11.4.10.2).
  static Bytes derive(ByteView seed, std::string_view label, ByteView context, std::uint16_t bits) {
    const Bytes label_octets = base::to_bytes(std::string(label) + '\0');
    const Bytes bit_count{0, 0, static_cast<std::uint8_t>(bits >> 8U), static_cast<std::uint8_t>(bits)};
    Bytes key = crypto::hmac(crypto::HashAlgorithm::sha256, seed,
                             base::concat({Bytes{0, 0, 0, 1}, label_octets, context, bit_count}));
    key.resize(bits / 8);
    return key;
  }

  crypto::PrivateKey key_;
  Bytes x_;
  Bytes area_;
};

class SoftwareTpm {
 public:
  struct Opened {
    Secret key;
    std::string uri;
  };

  TpmKeys keys() const {
    return TpmKeys{.endorsement_key = endorsement_key_.public_area(),
                   .storage_root_key = storage_root_key_.public_area(),
                   .endorsement_certificate = {},
                   .intermediates = {}};
  }
  const SoftwareStorageKey& endorsement_key() const { return endorsement_key_; }

  /// As after TPM2_Clear: another storage root key, the same endorsement key.
  void clear() { storage_root_key_ = SoftwareStorageKey(); }

  /// TPM2_ActivateCredential and TPM2_Import on the blob by which Azure DPS hands over a key. Throws where a TPM would
  /// refuse.
  Opened open(ByteView blob) const {
    const auto parts = codec::tpm::split_activation_blob(blob);
    if (!parts) throw std::runtime_error(parts.error().detail());
    const Bytes inner_key = activate(content(parts->id_object), content(parts->encrypted_secret));

    const Bytes name = base::concat({Bytes{0x00, 0x0b}, crypto::sha256(content(parts->public_area))});
    const Bytes seed = storage_root_key_.open_seed("DUPLICATE", content(parts->duplicate_seed));
    const Bytes inner = SoftwareStorageKey::unwrap(seed, name, content(parts->duplicate));
    const Bytes plain = crypto::aes_cfb128_decrypt(inner_key, inner);
    ByteView rest = plain;
    SoftwareStorageKey::take(rest);  // the inner integrity value
    ByteView sensitive = SoftwareStorageKey::take(rest);
    sensitive = sensitive.subspan(4);     // TPM_ALG_KEYEDHASH and an empty authorization
    SoftwareStorageKey::take(sensitive);  // the obfuscation value
    Bytes key = base::to_bytes(SoftwareStorageKey::take(sensitive));

    const Bytes uri = crypto::aes_cfb128_decrypt(inner_key, content(parts->encrypted_uri));
    return Opened{.key = Secret(std::move(key)), .uri = std::string(base::text_view(uri))};
  }

 private:
  static ByteView content(ByteView sized) { return SoftwareStorageKey::take(sized); }

  Bytes activate(ByteView id_object, ByteView encrypted_secret) const {
    const Bytes seed = endorsement_key_.open_seed("IDENTITY", encrypted_secret);
    const Bytes plain = SoftwareStorageKey::unwrap(seed, storage_root_key_.name(), id_object);
    ByteView rest = plain;
    return base::to_bytes(SoftwareStorageKey::take(rest));
  }

  SoftwareStorageKey endorsement_key_{endorsement_key_attributes, base::to_bytes(codec::tpm::endorsement_policy_low)};
  SoftwareStorageKey storage_root_key_;
};

}  // namespace muster::provisioning
