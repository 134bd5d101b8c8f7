#include "codec/tpm/public_area.hpp"

#include <cstdio>
#include <stdexcept>

#include "codec/tpm/marshal.hpp"

namespace muster::codec::tpm {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using crypto::HashAlgorithm;

constexpr std::uint16_t rsa_bits_min = 2048;
constexpr std::uint16_t rsa_bits_max = 4096;
constexpr std::size_t policy_size_max = 64;
constexpr std::uint32_t exponent_default = 65537;  // Part 2, section 12.2.3.5: "when zero"

std::string hex(std::uint32_t number) {
  char text[11];
  std::snprintf(text, sizeof text, "0x%04x", number);
  return text;
}

Error unsupported(const char* what, Algorithm algorithm) {
  return Error(Errc::tpm_key_unsupported, std::string(what) + " " + hex(static_cast<std::uint16_t>(algorithm)));
}

Error malformed(const char* why) { return Error(Errc::tpm_structure_malformed, why); }

Algorithm algorithm(Reader& reader) { return static_cast<Algorithm>(reader.u16()); }

std::optional<HashAlgorithm> hash_algorithm(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::sha256:
      return HashAlgorithm::sha256;
    case Algorithm::sha384:
      return HashAlgorithm::sha384;
    case Algorithm::sha512:
      return HashAlgorithm::sha512;
    default:
      return std::nullopt;
  }
}

Algorithm identifier(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha256:
      return Algorithm::sha256;
    case HashAlgorithm::sha384:
      return Algorithm::sha384;
    case HashAlgorithm::sha512:
      return Algorithm::sha512;
    case HashAlgorithm::sha1:
      break;
  }
  throw std::logic_error("no parsed public area has a SHA-1 name");
}

/// TPMT_SYM_DEF_OBJECT (Part 2, section 11.1.7).
Result<SymmetricCipher> read_symmetric(Reader& reader) {
  SymmetricCipher cipher{.algorithm = algorithm(reader)};
  if (cipher.algorithm == Algorithm::null) return cipher;
  if (cipher.algorithm != Algorithm::aes) return unsupported("symmetric algorithm", cipher.algorithm);
  cipher.key_bits = reader.u16();
  cipher.mode = algorithm(reader);
  if (cipher.mode != Algorithm::cfb) return unsupported("symmetric mode", cipher.mode);
  if (cipher.key_bits != 128 && cipher.key_bits != 192 && cipher.key_bits != 256)
    return Error(Errc::tpm_key_unsupported, "AES key of " + std::to_string(cipher.key_bits) + " bits");
  return cipher;
}

/// TPMT_RSA_SCHEME and TPMT_ECC_SCHEME (Part 2, sections 11.2.4.2 and 11.2.5.6).
Result<Scheme> read_scheme(Reader& reader) {
  Scheme scheme{.algorithm = algorithm(reader), .hash = {}};
  switch (scheme.algorithm) {
    case Algorithm::null:
    case Algorithm::rsaes:
      return scheme;
    case Algorithm::rsassa:
    case Algorithm::rsapss:
    case Algorithm::oaep:
    case Algorithm::ecdsa:
      break;
    default:
      return unsupported("scheme", scheme.algorithm);
  }
  const Algorithm hash = algorithm(reader);
  scheme.hash = hash_algorithm(hash);
  if (!scheme.hash) return unsupported("scheme hash", hash);
  return scheme;
}

Result<RsaKey> read_rsa(Reader& reader) {
  RsaKey key{.bits = reader.u16(), .exponent = reader.u32(), .modulus = {}};
  if (key.exponent == 0) key.exponent = exponent_default;
  key.modulus = base::to_bytes(reader.sized(rsa_bits_max / 8));
  if (reader.failed()) return malformed("the RSA key is cut off");
  if (key.bits < rsa_bits_min || key.bits > rsa_bits_max || key.bits % 8 != 0)
    return Error(Errc::tpm_key_unsupported, "RSA key of " + std::to_string(key.bits) + " bits");
  if (key.modulus.size() * 8 != key.bits) return malformed("the RSA modulus has another size than the key says");
  return key;
}

/// A coordinate as long as the curve's; TPMs leave leading zeros away.
Bytes padded(ByteView coordinate, std::size_t size) {
  Bytes octets(size - coordinate.size(), 0);
  octets.insert(octets.end(), coordinate.begin(), coordinate.end());
  return octets;
}

Result<EccKey> read_ecc(Reader& reader) {
  constexpr std::uint16_t curve_p256 = 0x0003;  // TPM_ECC_CURVE, Part 2, section 6.4
  constexpr std::uint16_t curve_p384 = 0x0004;
  const std::uint16_t curve = reader.u16();
  const Algorithm derivation = algorithm(reader);
  if (reader.failed()) return malformed("the ECC key is cut off");
  if (curve != curve_p256 && curve != curve_p384)
    return Error(Errc::tpm_key_unsupported, "elliptic curve " + hex(curve));
  if (derivation != Algorithm::null) return unsupported("key derivation", derivation);

  EccKey key{.curve = curve == curve_p256 ? crypto::NistCurve::p256 : crypto::NistCurve::p384, .x = {}, .y = {}};
  const std::size_t size = crypto::coordinate_size(key.curve);
  const ByteView x = reader.sized(size);
  const ByteView y = reader.sized(size);
  if (reader.failed()) return malformed("the ECC point is cut off or longer than its curve's");
  key.x = padded(x, size);
  key.y = padded(y, size);
  return key;
}

}  // namespace

Bytes PublicArea::name() const {
  return Writer()
      .u16(static_cast<std::uint16_t>(identifier(name_algorithm)))
      .bytes(crypto::hash(name_algorithm, octets))
      .take();
}

Bytes PublicArea::sized_octets() const { return Writer().sized(octets).take(); }

Result<crypto::PublicKey> PublicArea::public_key() const {
  const auto* rsa = std::get_if<RsaKey>(&key);
  const auto* ecc = std::get_if<EccKey>(&key);
  auto usable = rsa != nullptr ? crypto::rsa_public_key(rsa->modulus, rsa->exponent)
                               : crypto::ec_public_key(ecc->curve, ecc->x, ecc->y);
  if (!usable) return Error(Errc::tpm_key_unsupported, usable.error().detail());
  return usable;
}

Result<PublicArea> parse_public_area(ByteView octets) {
  if (octets.size() > public_area_size_max) return malformed("the public area is longer than 1024 octets");
  // A TPMT_PUBLIC starts with its type, which is smaller than any key's size, so the two forms cannot be confused.
  const std::size_t announced = Reader(octets).u16();
  const bool has_size = octets.size() >= 2 && announced == octets.size() - 2;
  const ByteView body = has_size ? octets.subspan(2) : octets;

  Reader reader(body);
  PublicArea area;
  area.octets = base::to_bytes(body);
  const Algorithm type = algorithm(reader);
  const Algorithm name_algorithm = algorithm(reader);
  area.attributes = reader.u32();
  area.policy = base::to_bytes(reader.sized(policy_size_max));
  if (reader.failed()) return malformed("the public area is cut off");
  if (type != Algorithm::rsa && type != Algorithm::ecc) return unsupported("key type", type);
  if (name_algorithm != Algorithm::sha256 && name_algorithm != Algorithm::sha384)
    return unsupported("name algorithm", name_algorithm);
  area.name_algorithm = *hash_algorithm(name_algorithm);

  const auto symmetric = read_symmetric(reader);
  if (reader.failed()) return malformed("the symmetric algorithm is cut off");
  if (!symmetric) return symmetric.error();
  area.symmetric = *symmetric;
  const auto scheme = read_scheme(reader);
  if (reader.failed()) return malformed("the scheme is cut off");
  if (!scheme) return scheme.error();
  area.scheme = *scheme;

  if (type == Algorithm::rsa) {
    auto key = read_rsa(reader);
    if (!key) return key.error();
    area.key = std::move(*key);
  } else {
    auto key = read_ecc(reader);
    if (!key) return key.error();
    area.key = std::move(*key);
  }
  if (!reader.finished()) return malformed("octets are left over after the public area");
  return area;
}

}  // namespace muster::codec::tpm
