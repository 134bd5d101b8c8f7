#include "attest/symmetric_key/symmetric_key.hpp"

#include <span>
#include <vector>

#include "crypto/hash.hpp"

namespace muster::attest::symmetric_key {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Secret;
using base::Status;
using base::TimePoint;
using codec::SasToken;

bool is_signed_with(const SasToken& token, const Secret& key) {
  if (key.empty()) return false;
  const auto expected = codec::sas_signature(key, token.resource_as_sent, token.expires_as_sent);
  return base::equal_in_constant_time(expected, token.signature);
}

constexpr std::size_t shown_resource_size_max = 256;

/// What a token is for, as the operator reads it; a stranger chose its length.
std::string shown(std::string_view resource) {
  return '"' + std::string(resource.substr(0, shown_resource_size_max)) + '"';
}

Status check_token_with(const SasToken& token, std::span<const Secret* const> keys, std::string_view expected_resource,
                        TimePoint now) {
  if (!base::equal_ignoring_case(token.resource, expected_resource))
    return Error(Errc::token_for_another_resource,
                 "the token is for " + shown(token.resource) + ", not for " + shown(expected_resource));
  if (token.expires <= now)
    return Error(Errc::token_expired, "the token ended at " + base::to_rfc3339(token.expires) + ", it is now " +
                                          base::to_rfc3339(now) + ", " + base::in_words(now - token.expires) +
                                          " later");
  bool is_signed = false;
  for (const Secret* key : keys) is_signed |= is_signed_with(token, *key);
  if (!is_signed)
    return Error(Errc::signature_mismatch, "the token for " + shown(token.resource_as_sent) + " until " +
                                               base::to_rfc3339(token.expires) + " was signed with none of the " +
                                               std::to_string(keys.size()) + " keys that would do");
  return Done{};
}

}  // namespace

Status check_token(const SasToken& token, const Secret& key, std::string_view expected_resource, TimePoint now) {
  const Secret* keys[] = {&key};
  return check_token_with(token, keys, expected_resource, now);
}

Status check_token_with_any_of(const SasToken& token, const Secret& primary, const Secret& secondary,
                               std::string_view expected_resource, TimePoint now) {
  const Secret* keys[] = {&primary, &secondary};
  return check_token_with(token, keys, expected_resource, now);
}

Secret derive_device_key(const Secret& group_key, std::string_view registration_id) {
  return Secret(crypto::hmac(crypto::HashAlgorithm::sha256, group_key.reveal(), base::view(registration_id)));
}

Status check_group_token(const SasToken& token, const Secret& primary_group_key, const Secret& secondary_group_key,
                         std::string_view registration_id, std::string_view expected_resource, TimePoint now) {
  const std::string folded = base::to_lower(registration_id);
  std::vector<Secret> derived;
  for (const Secret* group_key : {&primary_group_key, &secondary_group_key}) {
    // Anybody can derive from an empty key.
    if (group_key->empty()) continue;
    derived.push_back(derive_device_key(*group_key, registration_id));
    if (folded != registration_id) derived.push_back(derive_device_key(*group_key, folded));
  }
  std::vector<const Secret*> keys;
  for (const Secret& key : derived) keys.push_back(&key);
  return check_token_with(token, keys, expected_resource, now);
}

}  // namespace muster::attest::symmetric_key
