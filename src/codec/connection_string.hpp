// The connection strings that Azure's tools hand around: "HostName=...;SharedAccessKeyName=...;SharedAccessKey=...".
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace muster::codec {

inline constexpr std::size_t connection_string_size_max = 1024;

/// A host and, where the text has them, a key and its name. Azure's management API shows the key as asterisks, and
/// takes what it showed for "keep it".
struct ConnectionString {
  std::string host;      ///< lower case; whether it is a host name is left to the caller
  std::string key_name;  ///< empty where there is no key
  base::Secret key;      ///< empty where there is none and where it is masked
  bool is_masked = false;
};

/// Reads one: the fields in any order, their names in any case, a semicolon at the end or none. invalid_argument beyond
/// 1024 characters, for a missing host, a key without its name or the other way round, a key that is not base64, a
/// field that stands twice or is not known. The error never quotes a key.
base::Result<ConnectionString> parse_connection_string(std::string_view text);

/// The text with its key, as a secret's octets.
base::Secret to_text(const ConnectionString& connection);

/// The text with asterisks for the key.
std::string to_masked_text(const ConnectionString& connection);

}  // namespace muster::codec
