#include "crypto/ocsp_request.hpp"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>

#include <new>

#include "crypto/native.hpp"

namespace muster::crypto {
namespace {

using base::Errc;
using base::Error;
using base::Result;

using Request = std::unique_ptr<OCSP_REQUEST, native::Release<OCSP_REQUEST_free>>;
using CertificateId = std::unique_ptr<OCSP_CERTID, native::Release<OCSP_CERTID_free>>;

/// Of the OCTET STRING's own tag and length, two octets each at most.
constexpr std::size_t octet_string_header_max = 3;

Error malformed(std::string detail) { return {Errc::malformed_request, std::move(detail)}; }

std::string serial_of(const ASN1_INTEGER* number) {
  const std::unique_ptr<BIGNUM, native::Release<BN_free>> big(ASN1_INTEGER_to_BN(number, nullptr));
  char* const digits = big ? BN_bn2hex(big.get()) : nullptr;
  if (digits == nullptr) throw std::bad_alloc();
  std::string text(digits);
  OPENSSL_free(digits);
  return text;
}

/// The names of an issuer depend on the hash that the request chose.
bool names_issuer(const OCSP_CERTID* asked, const ASN1_OBJECT* algorithm, const Certificate& issuer) {
  const EVP_MD* const digest = EVP_get_digestbyobj(algorithm);
  if (digest == nullptr) return false;
  const CertificateId own(OCSP_cert_to_id(digest, nullptr, issuer.native()));
  return own && OCSP_id_issuer_cmp(asked, own.get()) == 0;
}

}  // namespace

Result<OcspRequest> parse_ocsp_request(ByteView der, const Certificate& issuer) {
  if (der.size() > ocsp_request_size_max)
    return malformed("an OCSP request of " + std::to_string(der.size()) + " octets");
  const unsigned char* position = der.data();
  const Request request(d2i_OCSP_REQUEST(nullptr, &position, static_cast<long>(der.size())));
  if (!request) return malformed("not an OCSP request: " + native::take_reason());
  if (position != der.data() + der.size()) return malformed("octets behind the OCSP request");

  OcspRequest read;
  const int count = OCSP_request_onereq_count(request.get());
  if (count < 1 || static_cast<std::size_t>(count) > ocsp_certificates_max)
    return malformed("an OCSP request about " + std::to_string(count) + " certificates");
  for (int i = 0; i < count; ++i) {
    OCSP_CERTID* const id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(request.get(), i));
    ASN1_OBJECT* algorithm = nullptr;
    ASN1_INTEGER* serial = nullptr;
    OCSP_id_get0_info(nullptr, &algorithm, nullptr, &serial, id);
    read.certificates.push_back({.der = native::encode(id, i2d_OCSP_CERTID),
                                 .serial = serial_of(serial),
                                 .is_issuers = names_issuer(id, algorithm, issuer)});
  }
  const int place = OCSP_REQUEST_get_ext_by_NID(request.get(), NID_id_pkix_OCSP_Nonce, -1);
  if (place >= 0) {
    const ASN1_OCTET_STRING* const value = X509_EXTENSION_get_data(OCSP_REQUEST_get_ext(request.get(), place));
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
    if (size > ocsp_nonce_size_max + octet_string_header_max)
      return malformed("a nonce of " + std::to_string(size) + " octets");
    const unsigned char* const octets = ASN1_STRING_get0_data(value);
    read.nonce = Bytes(octets, octets + size);
  }
  ERR_clear_error();
  return read;
}

}  // namespace muster::crypto
