#include "codec/connection_string.hpp"

#include <algorithm>
#include <optional>

namespace muster::codec {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::string_view mask = "****";

Error invalid(std::string why) { return Error(Errc::invalid_argument, "connection string: " + std::move(why)); }

struct Fields {
  std::optional<std::string_view> host;
  std::optional<std::string_view> key_name;
  std::optional<std::string_view> key;

  std::optional<std::string_view>* find(std::string_view name) {
    if (base::equal_ignoring_case(name, "HostName")) return &host;
    if (base::equal_ignoring_case(name, "SharedAccessKeyName")) return &key_name;
    if (base::equal_ignoring_case(name, "SharedAccessKey")) return &key;
    return nullptr;
  }
};

Result<Fields> split(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    // What stands in a field without a name may be a key.
    if (equals == std::string_view::npos) return invalid("a field without a value");
    auto* field = fields.find(pair.substr(0, equals));
    if (field == nullptr) return invalid("it has other fields than HostName, SharedAccessKeyName and SharedAccessKey");
    if (field->has_value()) return invalid("a field stands twice");
    *field = pair.substr(equals + 1);
  }
  return fields;
}

bool is_mask(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c == '*'; });
}

std::string before_key(const ConnectionString& connection) {
  std::string text = "HostName=" + connection.host;
  if (!connection.key_name.empty()) text += ";SharedAccessKeyName=" + connection.key_name + ";SharedAccessKey=";
  return text;
}

}  // namespace

Result<ConnectionString> parse_connection_string(std::string_view text) {
  if (text.size() > connection_string_size_max) return invalid("longer than 1024 characters");
  const auto fields = split(text);
  if (!fields) return fields.error();
  if (!fields->host || fields->host->empty()) return invalid("HostName is missing");
  if (fields->key.has_value() != fields->key_name.has_value())
    return invalid("SharedAccessKeyName and SharedAccessKey go together");

  ConnectionString connection{.host = base::to_lower(*fields->host), .key_name = {}, .key = {}};
  if (!fields->key) return connection;
  if (fields->key_name->empty()) return invalid("SharedAccessKeyName is empty");
  connection.key_name = *fields->key_name;
  if (is_mask(*fields->key)) {
    connection.is_masked = true;
    return connection;
  }
  auto key = base::from_base64(*fields->key);
  if (!key || key->empty()) return invalid("SharedAccessKey is not base64");
  connection.key = base::Secret(std::move(*key));
  return connection;
}

base::Secret to_text(const ConnectionString& connection) {
  std::string text = before_key(connection);
  std::string key = base::to_base64(connection.key.reveal());
  text.reserve(text.size() + key.size());  // so that no copy of the key stays behind
  text += key;
  base::wipe(key);
  base::Secret secret(base::to_bytes(text));
  base::wipe(text);
  return secret;
}

std::string to_masked_text(const ConnectionString& connection) {
  std::string text = before_key(connection);
  if (!connection.key_name.empty()) text += mask;
  return text;
}

}  // namespace muster::codec
