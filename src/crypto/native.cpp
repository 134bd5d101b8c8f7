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

std::optional<std::string> common_name_of(const X509_NAME* name) {
  int last = -1;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) last = at;
  if (last < 0) return std::nullopt;

  unsigned char* octets = nullptr;
  const int size = ASN1_STRING_to_UTF8(&octets, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
  if (size < 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  std::string text(octets, octets + size);
  OPENSSL_free(octets);
  if (text.find('\0') != std::string::npos) return std::nullopt;
  return text;
}

}  // namespace muster::crypto::native
