// What this room's sources share of the cryptographic library. Nobody outside the room includes it.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string>

#include "crypto/hash.hpp"

namespace muster::crypto::native {

/// Calls the library's own function that frees an object.
template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};

using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;

/// The library's digest.
const EVP_MD* digest_method(HashAlgorithm algorithm);

/// The reason of the oldest error in this thread's queue, which is emptied.
std::string take_reason();

/// The last (most specific) common name in UTF-8; nothing where there is none or where it holds a NUL.
std::optional<std::string> common_name_of(const X509_NAME* name);

/// The result of the library's i2d functions, which must not fail.
template <class T, class Encode>
Bytes encode(T* object, Encode i2d) {
  unsigned char* octets = nullptr;
  const int size = i2d(object, &octets);
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owned(octets,
                                                                       [](unsigned char* p) { OPENSSL_free(p); });
  if (size <= 0) throw std::runtime_error("DER encoding failed: " + take_reason());
  return {octets, octets + size};
}

}  // namespace muster::crypto::native
