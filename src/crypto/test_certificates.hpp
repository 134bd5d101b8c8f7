// The certificates of tests/vectors/certificates, for unit tests.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "crypto/certificate.hpp"
#include "source_directory.hpp"

namespace muster::crypto {

inline std::string test_certificate_text(const std::string& name) {
  std::ifstream file(std::string(MUSTER_SOURCE_DIR "/tests/vectors/certificates/") + name + ".pem");
  if (!file) throw std::runtime_error("no test certificate of the name " + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline Certificate test_certificate(const std::string& name) {
  return *Certificate::from_text(test_certificate_text(name));
}

}  // namespace muster::crypto
