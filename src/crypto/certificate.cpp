#include "crypto/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <stdexcept>

#include "crypto/native.hpp"
#include "crypto/pem.hpp"

namespace muster::crypto {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using base::TimePoint;

using NativeCertificate = std::unique_ptr<X509, native::Release<X509_free>>;

constexpr std::string_view pem_label = "CERTIFICATE";

Error malformed(std::string detail) { return {Errc::certificate_malformed, std::move(detail)}; }

std::optional<TimePoint> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return base::from_unix_seconds(timegm(&parts));
}

std::string upper_hex(ByteView octets) {
  std::string text = base::to_hex(octets);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c; });
  return text;
}

std::string text_of(const X509_NAME* name) {
  // RFC 2253's escapes and order, but UTF-8 as it is and ", " between the parts.
  constexpr unsigned long form = (ASN1_STRFLGS_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB)) |
                                 XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_DN_REV | XN_FLAG_FN_SN | XN_FLAG_DUMP_UNKNOWN_FIELDS;
  const std::unique_ptr<BIO, native::Release<BIO_free_all>> buffer(BIO_new(BIO_s_mem()));
  if (!buffer) throw std::bad_alloc();
  if (X509_NAME_print_ex(buffer.get(), name, 0, form) < 0) {
    ERR_clear_error();
    return "(unreadable name)";
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(buffer.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

/// What this thread has read lately. OpenSSL 3.0 takes a hundred microseconds to decode a certificate's key, and TLS
/// has decoded the client's shortly before somebody asks for it by its octets.
template <class Parsed>
class Recent {
 public:
  static Recent& of_this_thread() {
    thread_local Recent recent;
    return recent;
  }

  std::shared_ptr<const Parsed> find(ByteView der) const {
    for (const auto& parsed : ring_)
      if (parsed && std::ranges::equal(parsed->der, der)) return parsed;
    return nullptr;
  }
  void add(std::shared_ptr<const Parsed> parsed) {
    ring_[next_] = std::move(parsed);
    next_ = (next_ + 1) % ring_.size();
  }

 private:
  std::array<std::shared_ptr<const Parsed>, 64> ring_;
  std::size_t next_ = 0;
};

}  // namespace

struct Certificate::Parsed {
  NativeCertificate native;
  Bytes der;
  TimePoint not_before;
  TimePoint not_after;
  PublicKey key;
};

Result<Certificate> Certificate::from_native(x509_st* certificate) {
  Bytes der = native::encode(certificate, i2d_X509);
  if (der.size() > certificate_size_max) return malformed("certificate of " + std::to_string(der.size()) + " octets");

  const auto not_before = time_of(X509_get0_notBefore(certificate));
  const auto not_after = time_of(X509_get0_notAfter(certificate));
  if (!not_before || !not_after) return malformed("a date of the certificate cannot be read");

  EVP_PKEY* const native_key = X509_get0_pubkey(certificate);
  if (native_key == nullptr) return malformed("the certificate's key cannot be read: " + native::take_reason());
  auto key = PublicKey::from_native(native_key);
  if (!key) return malformed(key.error().detail());

  if (X509_up_ref(certificate) != 1) throw std::runtime_error("X509_up_ref failed");
  auto parsed = std::make_shared<const Parsed>(
      Parsed{NativeCertificate(certificate), std::move(der), *not_before, *not_after, std::move(*key)});
  Recent<Parsed>::of_this_thread().add(parsed);
  return Certificate(std::move(parsed));
}

Result<Certificate> Certificate::from_der(ByteView der) {
  if (der.size() > certificate_size_max) return malformed("certificate of " + std::to_string(der.size()) + " octets");
  if (auto recent = Recent<Parsed>::of_this_thread().find(der)) return Certificate(std::move(recent));
  const unsigned char* position = der.data();
  const NativeCertificate parsed(d2i_X509(nullptr, &position, static_cast<long>(der.size())));
  if (!parsed) return malformed("not a certificate: " + native::take_reason());
  if (position != der.data() + der.size()) return malformed("octets behind the certificate");
  return from_native(parsed.get());
}

Result<Certificate> Certificate::from_text(std::string_view text) {
  if (text.size() > certificate_text_size_max)
    return malformed("certificate text of " + std::to_string(text.size()) + " characters");

  std::optional<Bytes> decoded;
  if (text.find("-----BEGIN ") == std::string_view::npos) {
    decoded = base::from_base64_lenient(text);
    if (!decoded) return malformed("neither PEM nor base64");
    text = base::text_view(*decoded);
    if (text.find("-----BEGIN ") == std::string_view::npos) return from_der(*decoded);
  }

  const auto blocks = pem_blocks(text, pem_label, 1);
  if (!blocks) return malformed(blocks.error().detail());
  if (blocks->empty()) return malformed("the PEM text holds no certificate");
  return from_der(blocks->front());
}

const Bytes& Certificate::der() const { return parsed_->der; }

std::string Certificate::pem() const { return crypto::to_pem(pem_label, der()); }

std::optional<std::string> Certificate::common_name() const {
  return native::common_name_of(X509_get_subject_name(native()));
}

std::string Certificate::subject() const { return text_of(X509_get_subject_name(native())); }

std::string Certificate::issuer() const { return text_of(X509_get_issuer_name(native())); }

Bytes Certificate::subject_der() const { return native::encode(X509_get_subject_name(native()), i2d_X509_NAME); }

std::optional<Bytes> Certificate::subject_key_id() const {
  const ASN1_OCTET_STRING* const id = X509_get0_subject_key_id(native());
  if (id == nullptr) return std::nullopt;
  const unsigned char* const octets = ASN1_STRING_get0_data(id);
  return Bytes(octets, octets + ASN1_STRING_length(id));
}

std::string Certificate::serial() const {
  const std::unique_ptr<BIGNUM, native::Release<BN_free>> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(native()), nullptr));
  char* const digits = number ? BN_bn2hex(number.get()) : nullptr;
  if (digits == nullptr) throw std::runtime_error("a serial number cannot be read: " + native::take_reason());
  std::string text(digits);
  OPENSSL_free(digits);
  return text;
}

int Certificate::version() const { return static_cast<int>(X509_get_version(native())) + 1; }

TimePoint Certificate::not_before() const { return parsed_->not_before; }

TimePoint Certificate::not_after() const { return parsed_->not_after; }

std::string Certificate::sha1_thumbprint() const { return upper_hex(hash(HashAlgorithm::sha1, der())); }

std::string Certificate::sha256_thumbprint() const { return upper_hex(sha256(der())); }

bool Certificate::is_ca() const { return (X509_get_extension_flags(native()) & EXFLAG_CA) != 0; }

const PublicKey& Certificate::public_key() const { return parsed_->key; }

bool Certificate::has_extended_key_usage(std::string_view object_identifier) const {
  const std::unique_ptr<EXTENDED_KEY_USAGE, native::Release<EXTENDED_KEY_USAGE_free>> usages(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(native(), NID_ext_key_usage, nullptr, nullptr)));
  const std::unique_ptr<ASN1_OBJECT, native::Release<ASN1_OBJECT_free>> wanted(
      OBJ_txt2obj(std::string(object_identifier).c_str(), 1));
  ERR_clear_error();
  if (!usages || !wanted) return false;
  for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i)
    if (OBJ_cmp(sk_ASN1_OBJECT_value(usages.get(), i), wanted.get()) == 0) return true;
  return false;
}

IssuerMatch Certificate::match_issuer(const Certificate& authority) const {
  if (X509_NAME_cmp(X509_get_issuer_name(native()), X509_get_subject_name(authority.native())) != 0)
    return IssuerMatch::none;
  const ASN1_OCTET_STRING* const wanted = X509_get0_authority_key_id(native());
  const ASN1_OCTET_STRING* const offered = X509_get0_subject_key_id(authority.native());
  if (wanted == nullptr || offered == nullptr) return IssuerMatch::by_name;
  return ASN1_OCTET_STRING_cmp(wanted, offered) == 0 ? IssuerMatch::by_key_id : IssuerMatch::none;
}

bool Certificate::names_host(const std::string& host) const {
  const bool is_named =
      X509_check_ip_asc(native(), host.c_str(), 0) == 1 ||
      X509_check_host(native(), host.c_str(), host.size(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
  ERR_clear_error();
  return is_named;
}

bool Certificate::is_issued_by(const Certificate& authority) const {
  if (X509_NAME_cmp(X509_get_issuer_name(native()), X509_get_subject_name(authority.native())) != 0) return false;
  const bool is_signed = X509_verify(native(), authority.public_key().native()) == 1;
  ERR_clear_error();
  return is_signed;
}

bool Certificate::operator==(const Certificate& other) const {
  return parsed_ == other.parsed_ || parsed_->der == other.parsed_->der;
}

x509_st* Certificate::native() const { return parsed_->native.get(); }

Result<std::vector<Certificate>> certificates_from_pem(std::string_view bundle, std::size_t count_max) {
  const auto blocks = pem_blocks(bundle, pem_label, count_max);
  if (!blocks && blocks.error().code() == Errc::too_many_items) return blocks.error();
  if (!blocks) return malformed(blocks.error().detail());
  if (blocks->empty()) return malformed("the PEM text holds no certificate");

  std::vector<Certificate> certificates;
  certificates.reserve(blocks->size());
  for (const auto& block : *blocks) {
    auto certificate = Certificate::from_der(block);
    if (!certificate)
      return malformed("certificate " + std::to_string(certificates.size() + 1) + ": " + certificate.error().detail());
    certificates.push_back(std::move(*certificate));
  }
  return certificates;
}

std::string to_pem(const std::vector<Certificate>& certificates) {
  std::string bundle;
  for (const auto& certificate : certificates) bundle += certificate.pem();
  return bundle;
}

}  // namespace muster::crypto
