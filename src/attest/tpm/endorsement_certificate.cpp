#include "attest/tpm/endorsement_certificate.hpp"

#include <algorithm>
#include <optional>

#include "crypto/certificate_extension.hpp"
#include "crypto/chain.hpp"
#include "crypto/hash.hpp"

namespace muster::attest::tpm {
namespace {

using base::ByteView;
using base::Done;
using base::Errc;
using base::Error;
using base::Result;
using base::Status;
using crypto::Certificate;

constexpr const char* extended_key_usage = "2.5.29.37";              // RFC 5280 section 4.2.1.12
constexpr const char* endorsement_key_certificate = "2.23.133.8.1";  // tcg-kp-EKCertificate, EK Credential Profile

Error untrusted(std::string why) { return Error(Errc::endorsement_certificate_untrusted, std::move(why)); }

std::string fingerprint(const crypto::PublicKey& key) { return base::to_hex(crypto::sha256(key.der())); }

/// The first few, for people who look for the one that is missing.
std::string names_of(std::span<const Certificate> certificates) {
  constexpr std::size_t shown_max = 5;
  std::string names;
  for (const auto& certificate : certificates.first(std::min(certificates.size(), shown_max)))
    names += (names.empty() ? "'" : ", '") + certificate.subject() + "'";
  if (certificates.size() > shown_max) names += " and " + std::to_string(certificates.size() - shown_max) + " more";
  return names;
}

/// The first DER SEQUENCE with its header (ITU-T X.690 section 8.1.3); nothing where it is cut off. Certificates are
/// longer than 127 and shorter than 65536 octets, so their length takes one or two octets.
std::optional<ByteView> first_sequence(ByteView octets) {
  constexpr std::uint8_t sequence = 0x30;
  if (octets.size() < 4 || octets[0] != sequence) return std::nullopt;
  std::size_t size = 0;
  if (octets[1] == 0x81) size = 3U + octets[2];
  if (octets[1] == 0x82) size = 4U + (static_cast<std::size_t>(octets[2]) << 8U | octets[3]);
  if (size == 0 || size > octets.size()) return std::nullopt;
  return octets.first(size);
}

/// The certificate in the contents of an NV index, which may be larger than it.
Result<Certificate> read_certificate(ByteView contents) {
  if (contents.empty())
    return Error(Errc::endorsement_certificate_missing, "the device sent its endorsement key without a certificate");
  if (contents.size() > endorsement_certificate_size_max)
    return untrusted("the certificate is longer than 8192 octets");
  const auto der = first_sequence(contents);
  if (!der) return untrusted("the certificate is cut off");
  const ByteView padding = contents.subspan(der->size());
  if (!std::ranges::all_of(padding, [](std::uint8_t octet) { return octet == 0x00 || octet == 0xff; }))
    return untrusted("something other than padding follows the certificate");
  auto certificate = Certificate::from_der(*der);
  if (!certificate) return untrusted(certificate.error().detail());
  return certificate;
}

}  // namespace

Status check_endorsement_certificate(const codec::tpm::PublicArea& ek, ByteView certificate,
                                     std::span<const Certificate> intermediates, std::span<const Certificate> roots,
                                     base::TimePoint now) {
  const auto read = read_certificate(certificate);
  if (!read) return read.error();
  const auto key = ek.public_key();
  if (!key) return key.error();

  if (!(read->public_key() == *key))
    return untrusted("the certificate is for the endorsement key with SHA-256 " + fingerprint(read->public_key()) +
                     ", the device presents " + fingerprint(*key));
  if (read->is_ca()) return untrusted("the certificate, of '" + read->subject() + "', is an authority's");
  if (crypto::has_extension(*read, extended_key_usage) && !read->has_extended_key_usage(endorsement_key_certificate))
    return untrusted("the certificate is for other uses than an endorsement key's");

  // Manufacturers do not issue endorsement certificates again when an authority between them and the root ends, and
  // some of those authorities name an earlier issue of their root.
  crypto::PathRules rules;
  rules.ignore_expired_intermediates = true;
  rules.ignore_authority_serial = true;
  const auto path = crypto::build_path(*read, intermediates, roots, now, rules);
  if (!path) return untrusted(base::to_string(path.error()) + "; the roots are " + names_of(roots));
  return Done{};
}

}  // namespace muster::attest::tpm
