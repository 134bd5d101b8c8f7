// X.509 certificates (RFC 5280).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "crypto/key.hpp"

struct x509_st;

namespace muster::crypto {

/// Octets of one certificate, and characters of one as text (base64 of PEM is the longest form).
inline constexpr std::size_t certificate_size_max = 16 * 1024;
inline constexpr std::size_t certificate_text_size_max = 40 * 1024;

/// How well a certificate fits as the issuer of another, before any signature is checked.
enum class IssuerMatch {
  none,       ///< another name or another key id
  by_name,    ///< the same name; one of the two has no key id
  by_key_id,  ///< the same name and the same key id
};

/// A certificate that could be read; nothing says that it is to be trusted. Immutable, parsed once; a copy shares it.
/// Safe to use from any thread. The accessors read the parsed form and keep nothing, so ask once where it matters.
class Certificate {
 public:
  /// One DER certificate and nothing behind it, at most `certificate_size_max` octets, with readable dates and a key
  /// that PublicKey takes. Refuses with certificate_malformed.
  static base::Result<Certificate> from_der(ByteView der);
  /// PEM, base64 of DER, or base64 of PEM, as Azure's service API takes them; exactly one certificate, at most
  /// `certificate_text_size_max` characters. Refuses with certificate_malformed.
  static base::Result<Certificate> from_text(std::string_view text);
  /// A certificate that the cryptographic library has parsed already (a TLS peer's); takes a reference. The same
  /// checks as `from_der`, which finds its octets parsed when they come soon after on the same thread.
  static base::Result<Certificate> from_native(x509_st* certificate);

  const Bytes& der() const;
  std::string pem() const;

  /// The last (most specific) common name of the subject in UTF-8; nothing where there is none or where it holds a
  /// NUL, which other programs would read as its end.
  std::optional<std::string> common_name() const;
  /// "CN=a, O=b", the most specific part first (the order of RFC 4514); control characters are escaped.
  std::string subject() const;
  std::string issuer() const;
  /// The DER Name of the subject, octet by octet: what a certificate that this one issues has as its issuer.
  Bytes subject_der() const;
  /// RFC 5280 section 4.2.1.2; nothing where the extension is absent.
  std::optional<Bytes> subject_key_id() const;
  /// Upper-case hexadecimal.
  std::string serial() const;
  /// 1 to 3, as people count: X.509 version 3 is written as 2.
  int version() const;
  base::TimePoint not_before() const;
  base::TimePoint not_after() const;
  /// Upper-case hexadecimal.
  std::string sha1_thumbprint() const;
  std::string sha256_thumbprint() const;

  /// Whether basicConstraints calls it a certificate authority.
  bool is_ca() const;
  const PublicKey& public_key() const;
  /// Whether the extension extKeyUsage names the object identifier ("1.3.6.1.5.5.7.3.2"). anyExtendedKeyUsage and a
  /// missing extension do not count.
  bool has_extended_key_usage(std::string_view object_identifier) const;
  /// Compares this one's issuer and authorityKeyIdentifier with the other's subject and subjectKeyIdentifier. Cheap,
  /// and no proof: whoever makes a certificate chooses what it says.
  IssuerMatch match_issuer(const Certificate& authority) const;
  /// Whether a client that connects to this host name or IP literal would take the certificate for its server's (RFC
  /// 6125): by the alternative names only.
  bool names_host(const std::string& host) const;
  /// Whether the other's subject is this one's issuer and the other's key made this one's signature. Neither dates nor
  /// constraints are looked at; that is `build_path`'s work.
  bool is_issued_by(const Certificate& authority) const;

  /// The same octets.
  bool operator==(const Certificate& other) const;

  /// For the cryptographic library's own functions; lives as long as this object.
  x509_st* native() const;

 private:
  struct Parsed;
  explicit Certificate(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}

  std::shared_ptr<const Parsed> parsed_;
};

/// Every certificate of a PEM text, in its order; at least one, at most `count_max` (too_many_items), each as
/// `Certificate::from_der` takes it. Text between the blocks and blocks of other kinds are passed over.
base::Result<std::vector<Certificate>> certificates_from_pem(std::string_view bundle, std::size_t count_max);
std::string to_pem(const std::vector<Certificate>& certificates);

}  // namespace muster::crypto
