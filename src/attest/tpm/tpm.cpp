#include "attest/tpm/tpm.hpp"

#include <algorithm>

#include "attest/symmetric_key/symmetric_key.hpp"
#include "crypto/hash.hpp"

namespace muster::attest::tpm {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Result;
using base::Status;
using base::TimePoint;
using codec::SasToken;
using codec::tpm::Algorithm;
using codec::tpm::KeyAttribute;
using codec::tpm::PublicArea;

struct Protection {
  KeyAttribute attribute;
  Errc refusal;
  const char* without_it;
};

// TPM 2.0 Library, Part 2, section 8.3 (TPMA_OBJECT): each attribute closes one way in which software could learn a key
// that is imported under the storage root key.
constexpr Protection protections[] = {
    {KeyAttribute::fixed_tpm, Errc::storage_key_not_bound_to_tpm, "the key can be copied to another TPM"},
    {KeyAttribute::fixed_parent, Errc::storage_key_not_bound_to_tpm,
     "the key can move under a parent that is exported"},
    {KeyAttribute::sensitive_data_origin, Errc::storage_key_not_bound_to_tpm,
     "the key was imported, so that software may know it"},
    {KeyAttribute::restricted, Errc::storage_key_not_restricted, "the TPM would decrypt anything with the key"},
    {KeyAttribute::decrypt, Errc::storage_key_not_restricted, "the key cannot protect other keys"},
};

/// A restricted decryption key with a cipher for its children (Part 1, section 23).
bool is_storage_key(const PublicArea& area) {
  return area.has(KeyAttribute::restricted) && area.has(KeyAttribute::decrypt) && !area.has(KeyAttribute::sign) &&
         area.symmetric.algorithm == Algorithm::aes && area.symmetric.mode == Algorithm::cfb;
}

/// What the TPM says of a key, for people with Part 2, section 8.3 at hand.
std::string properties(const PublicArea& area) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string attributes = "0x";
  for (int shift = 28; shift >= 0; shift -= 4)
    attributes += digits[area.attributes >> static_cast<unsigned>(shift) & 0xfU];
  return "its attributes are " + attributes;
}

Result<PublicArea> read_area(const char* which, ByteView tpm2b) {
  auto area = codec::tpm::parse_public_area(tpm2b);
  if (area) return area;
  return Error(area.error().code(), "the " + std::string(which) + " key, of " + std::to_string(tpm2b.size()) +
                                        " octets: " + area.error().detail());
}

std::string fingerprint(ByteView octets) { return base::to_hex(crypto::sha256(octets)); }

Error expired(TimePoint end, TimePoint now) {
  return {Errc::challenge_expired, "the challenge ended at " + base::to_rfc3339(end) + ", it is now " +
                                       base::to_rfc3339(now) + ", " + base::in_words(now - end) + " later"};
}

}  // namespace

Result<EndorsementKey> read_endorsement_key(ByteView tpm2b) {
  auto area = read_area("endorsement", tpm2b);
  if (!area) return area.error();
  if (!is_storage_key(*area))
    return Error(Errc::tpm_key_unsupported,
                 "the endorsement key is not a restricted decryption key with AES-CFB for its "
                 "children; " +
                     properties(*area));
  auto hash = endorsement_key_hash(*area);
  if (!hash) return hash.error();
  return EndorsementKey{.public_area = std::move(*area), .hash = std::move(*hash)};
}

Result<StorageKey> read_storage_root_key(ByteView tpm2b) {
  auto area = read_area("storage root", tpm2b);
  if (!area) return area.error();
  for (const auto& protection : protections)
    if (!area->has(protection.attribute))
      return Error(protection.refusal, std::string(protection.without_it) + "; " + properties(*area));
  if (!is_storage_key(*area))
    return Error(Errc::storage_key_not_restricted,
                 "the key may sign, or names no cipher to protect other keys with; " + properties(*area));
  const auto key = area->public_key();
  if (!key) return key.error();
  return StorageKey{.public_area = std::move(*area)};
}

Result<Bytes> endorsement_key_hash(const PublicArea& ek) {
  const auto key = ek.public_key();
  if (!key) return key.error();
  return base::to_bytes(crypto::sha256(key->der()));
}

std::string registration_id_of(ByteView ek_tpm2b) { return base::to_base32_lower(crypto::sha256(ek_tpm2b)); }

Status check_enrolled_endorsement_key(ByteView enrolled_tpm2b, ByteView presented_tpm2b) {
  if (!std::ranges::equal(enrolled_tpm2b, presented_tpm2b))
    return Error(Errc::endorsement_key_mismatch, "enrolled is the key with SHA-256 " + fingerprint(enrolled_tpm2b) +
                                                     ", the device presents " + fingerprint(presented_tpm2b));
  return Done{};
}

Status check_challenge(const SasToken& token, std::span<const PendingChallenge> challenges,
                       std::string_view expected_resource, TimePoint now) {
  if (challenges.empty())
    return Error(Errc::challenge_missing, "the device sent a token for \"" + token.resource.substr(0, 256) +
                                              "\" until " + base::to_rfc3339(token.expires) +
                                              ", but no challenge is open for it");

  Status last = Error(Errc::signature_mismatch);
  TimePoint latest_end{};
  bool any_open = false;
  for (const PendingChallenge& challenge : challenges) {
    latest_end = std::max(latest_end, challenge.expires_at);
    last = symmetric_key::check_token(token, challenge.key, expected_resource, now);
    const bool is_open = now < challenge.expires_at;
    any_open |= is_open;
    if (last && is_open) return Done{};
    if (last) return expired(challenge.expires_at, now);
    // For a wrong resource or time every challenge would say the same.
    if (last.error().code() != Errc::signature_mismatch) return last;
  }
  if (!any_open) return expired(latest_end, now);
  return Error(Errc::signature_mismatch, "the token was signed with the key of none of the " +
                                             std::to_string(challenges.size()) +
                                             " challenges, the last of which ends at " + base::to_rfc3339(latest_end));
}

}  // namespace muster::attest::tpm
