#include "agent/token.hpp"

#include "codec/percent_encoding.hpp"
#include "codec/sas_token.hpp"

namespace muster::agent {

std::optional<std::string> make_token(DeviceKey& key, std::string_view resource, base::TimePoint expires,
                                      std::string_view key_name) {
  const std::string encoded_resource = codec::percent_encode(resource);
  const std::string expires_text = std::to_string(base::to_unix_seconds(expires));
  const auto signature = key.sign(base::view(codec::sas_string_to_sign(encoded_resource, expires_text)));
  if (!signature) return std::nullopt;

  std::string token = "SharedAccessSignature sr=" + encoded_resource +
                      "&sig=" + codec::percent_encode(base::to_base64(*signature)) + "&se=" + expires_text;
  if (!key_name.empty()) token.append("&skn=").append(key_name);
  return token;
}

}  // namespace muster::agent
