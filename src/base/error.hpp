// What can go wrong, as a value.
//
// A refusal (something a protocol has a word for) is an Error inside a Result. A fault (the disk is full, a bug) is
// an exception, thrown where it happens and caught once per request, at the dialect.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace muster::base {

/// Every refusal that Muster knows. The sentence and the retry advice of each stand in error_catalog.cpp; the status
/// that a protocol gives it stands in that dialect's own table.
enum class Errc {
  // The request itself.
  malformed_request,
  malformed_json,
  invalid_registration_id,
  invalid_argument,
  invalid_query,
  body_too_large,
  headers_too_large,
  request_timed_out,
  unsupported_media_type,
  unknown_route,
  method_not_allowed,
  too_many_items,
  // Who is asking.
  credentials_missing,
  credentials_malformed,
  signature_mismatch,
  token_expired,
  token_for_another_resource,
  unknown_policy,
  permission_denied,
  principal_expired,
  address_not_allowed,
  // What a device may join.
  unknown_id_scope,
  tenant_disabled,
  enrollment_not_found,
  enrollment_disabled,
  attestation_kind_mismatch,
  // X.509 attestation.
  certificate_missing,
  certificate_malformed,
  certificate_name_mismatch,
  certificate_not_enrolled,
  certificate_authority_unknown,
  certificate_chain_invalid,
  certificate_expired,
  certificate_revoked,
  ca_not_verified,
  verification_failed,
  csr_malformed,
  csr_not_allowed,
  // TPM attestation.
  tpm_structure_malformed,
  tpm_key_unsupported,
  endorsement_key_mismatch,
  endorsement_certificate_missing,
  endorsement_certificate_untrusted,
  endorsement_key_not_allowed,
  storage_key_not_bound_to_tpm,
  storage_key_not_restricted,
  challenge_missing,
  challenge_expired,
  registration_id_not_bound_to_tpm,
  // What was looked for, and what stands against it.
  registration_not_found,
  operation_not_found,
  group_not_found,
  device_not_found,
  hub_not_found,
  principal_not_found,
  policy_not_found,
  tenant_not_found,
  ca_not_found,
  certificate_not_found,
  credential_policy_not_found,
  already_exists,
  revision_conflict,
  etag_mismatch,
  name_taken,
  in_use,
  enrollment_changed,
  // Allocation.
  no_hub_available,
  hub_not_linked,
  webhook_failed,
  // The service itself.
  rate_limited,
  quota_exceeded,
  busy,
  draining,
  internal_error,
};

/// The public face of one refusal.
struct ErrorEntry {
  Errc code;
  std::string_view name;      ///< stable, snake_case; used in logs, the audit trail and the admin API
  std::string_view sentence;  ///< for the caller; names no secret and no internal
  bool retry;                 ///< whether the same request may succeed later without anybody acting
};

/// The whole catalogue, in the order of Errc.
std::span<const ErrorEntry> error_catalog();

/// The entry of one code.
const ErrorEntry& describe(Errc code);

/// A refusal. Callers switch on `code`; `detail` is for the operator (log, audit trail, the device's record) and
/// never reaches the device. It holds no secret.
class Error {
 public:
  Error(Errc code, std::string detail = {}) : code_(code), detail_(std::move(detail)) {}
  Errc code() const { return code_; }
  const std::string& detail() const { return detail_; }

 private:
  Errc code_;
  std::string detail_;
};

/// "name: detail", for logs.
std::string to_string(const Error& error);

/// A value or an Error. Named like std::expected (C++23), so that it can become an alias of it.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return std::get<0>(state_); }  // throws if it is an Error: that is a bug in the caller
  const T& operator*() const { return std::get<0>(state_); }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

struct Done {};
/// For what either works or is refused and has nothing to return.
using Status = Result<Done>;

}  // namespace muster::base
