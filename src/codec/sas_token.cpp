#include "codec/sas_token.hpp"

#include <charconv>
#include <optional>

#include "codec/percent_encoding.hpp"
#include "crypto/hash.hpp"

namespace muster::codec {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::string_view scheme = "SharedAccessSignature ";
constexpr std::int64_t seconds_max = 253402300799;  // 9999-12-31T23:59:59Z

Error malformed(std::string why) { return Error(Errc::credentials_malformed, "SAS token: " + std::move(why)); }

/// The four fields as they stand in the token.
struct Fields {
  std::optional<std::string_view> sr;
  std::optional<std::string_view> sig;
  std::optional<std::string_view> se;
  std::optional<std::string_view> skn;

  std::optional<std::string_view>* find(std::string_view name) {
    if (name == "sr") return &sr;
    if (name == "sig") return &sig;
    if (name == "se") return &se;
    if (name == "skn") return &skn;
    return nullptr;
  }
};

Result<Fields> split(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) return malformed("a field without a value");
    auto* field = fields.find(pair.substr(0, equals));
    if (field == nullptr) continue;
    if (field->has_value()) return malformed("field " + std::string(pair.substr(0, equals)) + " stands twice");
    *field = pair.substr(equals + 1);
  }
  return fields;
}

std::optional<std::int64_t> seconds(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > seconds_max)
    return std::nullopt;
  return number;
}

}  // namespace

Result<SasToken> parse_sas_token(std::string_view text) {
  if (text.size() > sas_token_size_max) return malformed("longer than 4096 characters");
  if (!base::equal_ignoring_case(text.substr(0, scheme.size()), scheme))
    return malformed("does not begin with SharedAccessSignature");
  const auto fields = split(text.substr(scheme.size()));
  if (!fields) return fields.error();
  for (const auto& [name, field] : {std::pair{"sr", fields->sr}, {"sig", fields->sig}, {"se", fields->se}})
    if (!field) return malformed("field " + std::string(name) + " is missing");

  const auto resource = percent_decode(*fields->sr);
  if (!resource || resource->empty()) return malformed("sr cannot be decoded");
  const auto signature_text = percent_decode(*fields->sig);
  const auto signature = signature_text ? base::from_base64(*signature_text) : std::nullopt;
  if (!signature) return malformed("sig cannot be decoded");
  const auto expires = seconds(*fields->se);
  if (!expires) return malformed("se is not a number of seconds");
  const auto key_name = percent_decode(fields->skn.value_or(""));
  if (!key_name) return malformed("skn cannot be decoded");

  return SasToken{.resource_as_sent = std::string(*fields->sr),
                  .resource = *resource,
                  .expires_as_sent = std::string(*fields->se),
                  .signature = *signature,
                  .expires = base::from_unix_seconds(*expires),
                  .key_name = *key_name};
}

std::string sas_string_to_sign(std::string_view resource_as_sent, std::string_view expires_as_sent) {
  std::string text(resource_as_sent);
  text.append("\n").append(expires_as_sent);
  return text;
}

base::Bytes sas_signature(const base::Secret& key, std::string_view resource_as_sent,
                          std::string_view expires_as_sent) {
  return crypto::hmac(crypto::HashAlgorithm::sha256, key.reveal(),
                      base::view(sas_string_to_sign(resource_as_sent, expires_as_sent)));
}

std::string make_sas_token(std::string_view resource_as_sent, const base::Secret& key, base::TimePoint expires,
                           std::string_view key_name) {
  const std::string seconds = std::to_string(base::to_unix_seconds(expires));
  const std::string signature = base::to_base64(sas_signature(key, resource_as_sent, seconds));
  std::string token(scheme);
  token.append("sr=").append(resource_as_sent);
  token.append("&sig=").append(percent_encode(signature));
  token.append("&se=").append(seconds);
  if (!key_name.empty()) token.append("&skn=").append(percent_encode(key_name));
  return token;
}

}  // namespace muster::codec
