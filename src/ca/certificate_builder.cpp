#include "ca/certificate_builder.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "crypto/der.hpp"

namespace muster::ca {
namespace {

namespace der = crypto::der;
using base::Bytes;
using base::ByteView;
using base::Errc;
using base::Error;
using base::Random;
using base::Result;
using base::Status;
using crypto::Certificate;

constexpr std::size_t name_size_max = 64;
constexpr std::size_t alternative_names_max = 100;
constexpr std::size_t serial_size = 20;
constexpr std::uint64_t version_3 = 2;

// RFC 5280 section 4.2.1.3: the bits of keyUsage.
constexpr std::uint16_t digital_signature = 1U << 0U;
constexpr std::uint16_t key_encipherment = 1U << 2U;
constexpr std::uint16_t key_certificate_sign = 1U << 5U;
constexpr std::uint16_t crl_sign = 1U << 6U;

// RFC 5280 section 4.2.1.6: the alternatives of GeneralName.
constexpr unsigned dns_name_alternative = 2;
constexpr unsigned uri_alternative = 6;
constexpr unsigned ip_address_alternative = 7;

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

Status check_name(std::string_view name, const char* what) {
  if (count_characters(name) > name_size_max || !is_printable(name))
    return Error(Errc::invalid_argument, std::string(what) + " has more than 64 characters or unprintable ones: " +
                                             base::to_hex(base::view(name)));
  return base::Done{};
}

Status check(const CertificateRequest& request) {
  if (const auto checked = check_name(request.common_name, "the common name"); !checked) return checked.error();
  if (request.organization)
    if (const auto checked = check_name(*request.organization, "the organization"); !checked) return checked.error();

  const std::size_t alternatives = request.dns_names.size() + request.ip_addresses.size();
  if (alternatives > alternative_names_max)
    return Error(Errc::invalid_argument, std::to_string(alternatives) + " alternative names");
  if (request.common_name.empty() && (alternatives == 0 || request.is_ca || request.organization))
    return Error(Errc::invalid_argument, "a certificate without a name");
  for (const auto& name : request.dns_names)
    if (!is_host_name(name)) return Error(Errc::invalid_argument, "not a host name: '" + name + "'");
  for (const auto& literal : request.ip_addresses)
    if (!ip_octets(literal)) return Error(Errc::invalid_argument, "not an IP address: '" + literal + "'");

  if (request.not_before > request.not_after)
    return Error(Errc::invalid_argument, "a validity that ends before it begins");
  if (request.path_length && (!request.is_ca || *request.path_length < 0))
    return Error(Errc::invalid_argument, "a path length on what is no authority, or a negative one");
  return base::Done{};
}

Bytes sequence(std::initializer_list<ByteView> parts) { return der::value(der::Tag::sequence, parts); }

Bytes name_part(std::string_view object_identifier, std::string_view text) {
  const Bytes type = der::object_identifier(object_identifier);
  const Bytes value = der::value(der::Tag::utf8_string, {base::view(text)});
  return der::value(der::Tag::set, {sequence({type, value})});
}

Bytes subject_of(const CertificateRequest& request) {
  Bytes organization;
  Bytes common_name;
  if (request.organization) organization = name_part("2.5.4.10", *request.organization);
  if (!request.common_name.empty()) common_name = name_part("2.5.4.3", request.common_name);
  return sequence({organization, common_name});
}

Bytes extension(std::string_view object_identifier, bool critical, ByteView contents) {
  const Bytes type = der::object_identifier(object_identifier);
  // DER leaves out what has its default.
  const Bytes criticality = critical ? der::boolean(true) : Bytes();
  return sequence({type, criticality, der::value(der::Tag::octet_string, {contents})});
}

/// RFC 7093 section 2, method 4.
Bytes key_id_of(ByteView key_der) {
  const auto digest = crypto::sha256(key_der);
  return {digest.begin(), digest.end()};
}

Bytes basic_constraints(const CertificateRequest& request) {
  const Bytes authority = request.is_ca ? der::boolean(true) : Bytes();
  const Bytes length = request.path_length ? der::integer(static_cast<std::uint64_t>(*request.path_length)) : Bytes();
  return extension("2.5.29.19", true, sequence({authority, length}));
}

Bytes key_usage(const CertificateRequest& request) {
  unsigned bits = request.is_ca ? key_certificate_sign | crl_sign : digital_signature;
  // TLS 1.2 can send the secret encrypted to an RSA server's key.
  if (!request.is_ca && request.server_auth && request.key.kind().starts_with("RSA")) bits |= key_encipherment;
  return extension("2.5.29.15", true, der::named_bits(static_cast<std::uint16_t>(bits)));
}

Bytes extended_key_usage(const CertificateRequest& request) {
  if (!request.server_auth && !request.client_auth) return {};
  const Bytes server = request.server_auth ? der::object_identifier("1.3.6.1.5.5.7.3.1") : Bytes();
  const Bytes client = request.client_auth ? der::object_identifier("1.3.6.1.5.5.7.3.2") : Bytes();
  return extension("2.5.29.37", false, sequence({server, client}));
}

Bytes subject_alternative_name(const CertificateRequest& request) {
  Bytes names;
  for (const auto& name : request.dns_names)
    names = base::concat({names, der::primitive(dns_name_alternative, base::view(name))});
  for (const auto& literal : request.ip_addresses)
    names = base::concat({names, der::primitive(ip_address_alternative, *ip_octets(literal))});
  if (names.empty()) return {};
  // RFC 5280 section 4.2.1.6: critical where the subject is empty.
  return extension("2.5.29.17", request.common_name.empty(), sequence({names}));
}

Bytes authority_key_id(const std::optional<Certificate>& issuer, const Bytes& own_key_id) {
  const auto id = issuer ? issuer->subject_key_id() : own_key_id;
  if (!id) return {};
  return extension("2.5.29.35", false, sequence({der::primitive(0, *id)}));
}

Bytes crl_distribution_points(const CertificateRequest& request) {
  if (request.crl_url.empty()) return {};
  const Bytes name = der::primitive(uri_alternative, base::view(request.crl_url));
  const Bytes point = sequence({der::constructed(0, der::constructed(0, name))});
  return extension("2.5.29.31", false, sequence({point}));
}

Bytes authority_information_access(const CertificateRequest& request) {
  const auto access = [](std::string_view method, const std::string& url) {
    if (url.empty()) return Bytes();
    return sequence({der::object_identifier(method), der::primitive(uri_alternative, base::view(url))});
  };
  const Bytes ocsp = access("1.3.6.1.5.5.7.48.1", request.ocsp_url);
  const Bytes issuer = access("1.3.6.1.5.5.7.48.2", request.issuer_url);
  if (ocsp.empty() && issuer.empty()) return {};
  return extension("1.3.6.1.5.5.7.1.1", false, sequence({ocsp, issuer}));
}

Bytes extensions_of(const CertificateRequest& request, const std::optional<Certificate>& issuer, const Bytes& key_id) {
  const Bytes subject_key_id = extension("2.5.29.14", false, der::value(der::Tag::octet_string, {key_id}));
  return sequence({basic_constraints(request), key_usage(request), extended_key_usage(request),
                   subject_alternative_name(request), subject_key_id, authority_key_id(issuer, key_id),
                   crl_distribution_points(request), authority_information_access(request)});
}

Bytes draw_serial(Random& random) {
  Bytes serial = random.bytes(serial_size);
  // RFC 5280 section 4.1.2.2: positive and at most 20 octets. The second bit keeps the length the same for all.
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x7fU) | 0x40U);
  return serial;
}

Bytes ecdsa_with_sha256() { return sequence({der::object_identifier("1.2.840.10045.4.3.2")}); }

}  // namespace

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  bool is_number = false;
  for (std::size_t at = 0; at <= text.size();) {
    const std::string_view label = text.substr(at, text.find('.', at) - at);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::ranges::all_of(label, [&](char c) { return is_digit(c) || is_letter(c) || c == '-'; })) return false;
    is_number = std::ranges::all_of(label, is_digit);
    at += label.size() + 1;
  }
  return !is_number;
}

std::optional<Bytes> ip_octets(const std::string& literal) {
  std::array<std::uint8_t, 16> octets{};
  if (inet_pton(AF_INET, literal.c_str(), octets.data()) == 1) return Bytes(octets.begin(), octets.begin() + 4);
  if (inet_pton(AF_INET6, literal.c_str(), octets.data()) == 1) return Bytes(octets.begin(), octets.end());
  return std::nullopt;
}

Result<Bytes> to_be_signed(const CertificateRequest& request, const std::optional<Certificate>& issuer,
                           Random& random) {
  if (const auto checked = check(request); !checked) return checked.error();
  const Bytes subject = subject_of(request);
  const Bytes issuer_name = issuer ? issuer->subject_der() : subject;
  const Bytes validity = sequence({der::time(request.not_before), der::time(request.not_after)});
  const Bytes key = request.key.der();
  return sequence({der::constructed(0, der::integer(version_3)), der::integer(draw_serial(random)), ecdsa_with_sha256(),
                   issuer_name, validity, subject, key,
                   der::constructed(3, extensions_of(request, issuer, key_id_of(key)))});
}

Certificate assemble(ByteView to_be_signed, ByteView signature) {
  auto certificate = Certificate::from_der(sequence({to_be_signed, ecdsa_with_sha256(), der::bit_string(signature)}));
  if (!certificate) throw std::logic_error("an issued certificate cannot be read: " + certificate.error().detail());
  return std::move(*certificate);
}

base::Task<Result<Certificate>> issue(crypto::Signer& signer, std::string key_id, std::optional<Certificate> issuer,
                                      CertificateRequest request, Random& random) {
  const auto unsigned_part = to_be_signed(request, issuer, random);
  if (!unsigned_part) co_return unsigned_part.error();
  const auto signature = co_await signer.sign(std::move(key_id), *unsigned_part);
  if (!signature) co_return signature.error();
  co_return assemble(*unsigned_part, *signature);
}

}  // namespace muster::ca
