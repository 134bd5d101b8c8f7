// Azure's shared access signature: a resource, a time and an HMAC over both.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

namespace muster::codec {

/// "SharedAccessSignature sr=<resource>&sig=<signature>&se=<unix seconds>&skn=<key name>", its fields in any order.
/// https://learn.microsoft.com/azure/iot-hub/iot-hub-dev-guide-sas
struct SasToken {
  std::string resource_as_sent;  ///< sr exactly as received: the signature is over these octets
  std::string resource;          ///< sr with its percent-encoding removed
  std::string expires_as_sent;   ///< se exactly as received: the signature is over these octets, too
  base::Bytes signature;         ///< sig after percent-decoding and base64
  base::TimePoint expires;
  std::string key_name;  ///< skn after percent-decoding; some SDKs send none or an empty one
};

inline constexpr std::size_t sas_token_size_max = 4096;

/// Reads a token, with "SharedAccessSignature " in front, as every SDK writes it. Errc::credentials_malformed beyond 4
/// KiB, for a missing, repeated or undecodable field, or a time that is no number of seconds before the year 10000.
/// Fields that are not known are skipped. The error never quotes the signature.
base::Result<SasToken> parse_sas_token(std::string_view text);

/// What is signed: the resource as it stands in the token, a line feed and the time as it stands in the token.
std::string sas_string_to_sign(std::string_view resource_as_sent, std::string_view expires_as_sent);

/// HMAC-SHA256 over that.
base::Bytes sas_signature(const base::Secret& key, std::string_view resource_as_sent, std::string_view expires_as_sent);

/// Makes a token. `resource_as_sent` goes into it as it is, so percent-encode it first where the reader expects that;
/// an empty `key_name` leaves skn out.
std::string make_sas_token(std::string_view resource_as_sent, const base::Secret& key, base::TimePoint expires,
                           std::string_view key_name);

}  // namespace muster::codec
