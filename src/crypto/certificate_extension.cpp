#include "crypto/certificate_extension.hpp"

#include <openssl/objects.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

#include "crypto/native.hpp"

namespace muster::crypto {

bool has_extension(const Certificate& certificate, std::string_view object_identifier) {
  constexpr int dotted_only = 1;
  const std::unique_ptr<ASN1_OBJECT, native::Release<ASN1_OBJECT_free>> object(
      OBJ_txt2obj(std::string(object_identifier).c_str(), dotted_only));
  if (!object) throw std::invalid_argument("not an object identifier: " + native::take_reason());
  return X509_get_ext_by_OBJ(certificate.native(), object.get(), -1) >= 0;
}

}  // namespace muster::crypto
