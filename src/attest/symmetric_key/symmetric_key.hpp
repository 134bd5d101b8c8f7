// Attestation by a shared key: the device signs a token with it.
#pragma once

#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "codec/sas_token.hpp"

namespace muster::attest::symmetric_key {

/// Accepts a token that was signed with `key`, for `expected_resource` (compared without regard to case, after
/// percent-decoding), and that ends after `now`; how long after is the device's affair.
/// Errc::token_for_another_resource, token_expired or signature_mismatch otherwise, in this order; the detail names the
/// values that differ, never key or signature. Signatures are compared in constant time. The key's name in the token
/// does not count.
base::Status check_token(const codec::SasToken& token, const base::Secret& key, std::string_view expected_resource,
                         base::TimePoint now);

/// The same with either of the two keys that let a fleet change keys while it runs. Both are always tried. An empty
/// key is none, so it opens nothing.
base::Status check_token_with_any_of(const codec::SasToken& token, const base::Secret& primary,
                                     const base::Secret& secondary, std::string_view expected_resource,
                                     base::TimePoint now);

/// The key of one device of a group: HMAC-SHA256 of the registration id, as spelled, under the group's key.
/// https://learn.microsoft.com/azure/iot-dps/concepts-symmetric-key-attestation (group enrollments)
base::Secret derive_device_key(const base::Secret& group_key, std::string_view registration_id);

/// The same as check_token_with_any_of for a device of a group: with the keys derived from the id as the device
/// spells it and from its lower-case form, because devices derive their keys both ways.
base::Status check_group_token(const codec::SasToken& token, const base::Secret& primary_group_key,
                               const base::Secret& secondary_group_key, std::string_view registration_id,
                               std::string_view expected_resource, base::TimePoint now);

}  // namespace muster::attest::symmetric_key
