// What tests of TPM structures share: the recorded vectors in tests/vectors. No program includes it.
#pragma once

#include <boost/json/value.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "base/bytes.hpp"
#include "base/secret.hpp"
#include "codec/json.hpp"
#include "source_directory.hpp"

namespace muster::codec::tpm {

inline boost::json::value load_vectors(const std::string& file) {
  std::ifstream stream(std::string(MUSTER_SOURCE_DIR) + "/tests/vectors/" + file);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  auto value = parse_json(text, 1024 * 1024);
  if (!value) throw std::runtime_error(file + ": " + value.error().detail());
  return *value;
}

inline base::Bytes octets(const boost::json::value& hex) {
  const auto& text = hex.as_string();
  return base::from_hex({text.data(), text.size()}).value();
}

inline base::Secret secret(const boost::json::value& hex) { return base::Secret(octets(hex)); }

/// The DER inside a PEM text.
inline base::Bytes pem_contents(const boost::json::value& pem) {
  std::string text(pem.as_string().data(), pem.as_string().size());
  const auto begin = text.find('\n');
  return base::from_base64_lenient(text.substr(begin, text.find("-----END") - begin)).value();
}

}  // namespace muster::codec::tpm
