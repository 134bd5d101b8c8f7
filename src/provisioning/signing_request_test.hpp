// Requests for certificates, as devices make them. Included by tests only.
#pragma once

#include <string>

#include "crypto/der.hpp"
#include "crypto/key.hpp"
#include "provisioning/tenant.hpp"

namespace muster::provisioning {

/// A PKCS #10 request (RFC 2986 section 4) as base64, without attributes; no common name where it is empty.
inline std::string request_of(const crypto::PrivateKey& key, std::string_view common_name) {
  const auto sequence = [](std::initializer_list<base::ByteView> parts) {
    return crypto::der::value(crypto::der::Tag::sequence, parts);
  };
  Bytes name;
  if (!common_name.empty()) {
    const Bytes pair = sequence({crypto::der::object_identifier("2.5.4.3"),
                                 crypto::der::value(crypto::der::Tag::utf8_string, {base::view(common_name)})});
    name = crypto::der::value(crypto::der::Tag::set, {pair});
  }
  const Bytes information = sequence({crypto::der::integer(std::uint64_t{0}), sequence({name}), key.public_key().der(),
                                      crypto::der::constructed(0, {})});
  return base::to_base64(sequence({information, sequence({crypto::der::object_identifier("1.2.840.10045.4.3.2")}),
                                   crypto::der::bit_string(key.sign_sha256(information))}));
}

}  // namespace muster::provisioning
