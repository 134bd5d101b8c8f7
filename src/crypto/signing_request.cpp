#include "crypto/signing_request.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/native.hpp"
#include "crypto/pem.hpp"

namespace muster::crypto {
namespace {

using base::Errc;
using base::Error;
using base::Result;

void release_extensions(STACK_OF(X509_EXTENSION) * extensions) {
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

using Request = std::unique_ptr<X509_REQ, native::Release<X509_REQ_free>>;
using Extensions = std::unique_ptr<STACK_OF(X509_EXTENSION), native::Release<release_extensions>>;
using Names = std::unique_ptr<GENERAL_NAMES, native::Release<GENERAL_NAMES_free>>;

Error malformed(std::string detail) { return {Errc::csr_malformed, std::move(detail)}; }

Result<std::vector<std::string>> dns_names_of(X509_REQ* request) {
  std::vector<std::string> found;
  const Extensions extensions(X509_REQ_get_extensions(request));
  if (!extensions) return found;
  const Names names(
      static_cast<GENERAL_NAMES*>(X509V3_get_d2i(extensions.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int kind = 0;
    const auto* value =
        static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind));
    if (kind != GEN_DNS) continue;
    if (found.size() == signing_request_names_max) return malformed("the request asks for more than 16 host names");
    const unsigned char* const octets = ASN1_STRING_get0_data(value);
    found.emplace_back(octets, octets + ASN1_STRING_length(value));
  }
  return found;
}

}  // namespace

Result<SigningRequest> SigningRequest::from_der(ByteView der) {
  if (der.size() > signing_request_size_max) return malformed("a request of " + std::to_string(der.size()) + " octets");
  const unsigned char* position = der.data();
  const Request request(d2i_X509_REQ(nullptr, &position, static_cast<long>(der.size())));
  if (!request) return malformed("not a PKCS #10 request: " + native::take_reason());
  if (position != der.data() + der.size()) return malformed("octets behind the request");

  EVP_PKEY* const native_key = X509_REQ_get0_pubkey(request.get());
  if (native_key == nullptr) return malformed("the request's key cannot be read: " + native::take_reason());
  auto key = PublicKey::from_native(native_key);
  if (!key) return malformed(key.error().detail());
  const bool is_signed = X509_REQ_verify(request.get(), native_key) == 1;
  ERR_clear_error();
  if (!is_signed) return malformed("the request's signature is not its own key's");

  auto names = dns_names_of(request.get());
  ERR_clear_error();
  if (!names) return names.error();
  return SigningRequest{.key = std::move(*key),
                        .common_name = native::common_name_of(X509_REQ_get_subject_name(request.get())),
                        .dns_names = std::move(*names)};
}

Result<SigningRequest> SigningRequest::from_text(std::string_view text) {
  if (text.size() > signing_request_text_size_max)
    return malformed("a request of " + std::to_string(text.size()) + " characters");
  if (text.find("-----BEGIN ") == std::string_view::npos) {
    const auto der = base::from_base64_lenient(text);
    if (!der) return malformed("neither PEM nor base64");
    return from_der(*der);
  }
  const auto blocks = pem_blocks(text, "CERTIFICATE REQUEST", 1);
  if (!blocks) return malformed(blocks.error().detail());
  if (blocks->empty()) return malformed("the PEM text holds no certification request");
  return from_der(blocks->front());
}

}  // namespace muster::crypto
