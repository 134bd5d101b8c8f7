#include "crypto/native.hpp"

#include <openssl/err.h>

#include <stdexcept>

namespace muster::crypto::native {

const EVP_MD* digest_method(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha1:
      return EVP_sha1();
    case HashAlgorithm::sha256:
      return EVP_sha256();
    case HashAlgorithm::sha384:
      return EVP_sha384();
    case HashAlgorithm::sha512:
      return EVP_sha512();
  }
  throw std::logic_error("unknown hash algorithm");
}

std::string take_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "no reason given";
}

}  // namespace muster::crypto::native
