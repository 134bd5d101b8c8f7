#include "crypto/raw_public_key.hpp"

#include <array>
#include <stdexcept>
#include <string>

#include "crypto/der.hpp"

namespace muster::crypto {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t rsa_modulus_size_min = 2048 / 8;
constexpr std::size_t rsa_modulus_size_max = 4096 / 8;
constexpr std::uint32_t rsa_exponent_min = 65537;

Bytes key_info(ByteView algorithm, ByteView parameters, ByteView key) {
  const Bytes identifier = der::value(der::Tag::sequence, {algorithm, parameters});
  return der::value(der::Tag::sequence, {identifier, der::bit_string(key)});
}

}  // namespace

std::size_t coordinate_size(NistCurve curve) {
  switch (curve) {
    case NistCurve::p256:
      return 32;
    case NistCurve::p384:
      return 48;
  }
  throw std::logic_error("unknown curve");
}

Result<PublicKey> rsa_public_key(ByteView modulus, std::uint32_t exponent) {
  if (modulus.size() < rsa_modulus_size_min || modulus.size() > rsa_modulus_size_max)
    return Error(Errc::invalid_argument, "RSA modulus of " + std::to_string(modulus.size()) + " octets");
  if ((modulus.front() & 0x80U) == 0 || (modulus.back() & 1U) == 0)
    return Error(Errc::invalid_argument, "RSA modulus is even or shorter than its size says");
  if (exponent < rsa_exponent_min || exponent % 2 == 0)
    return Error(Errc::invalid_argument, "RSA exponent " + std::to_string(exponent));

  constexpr std::array<std::uint8_t, 2> null{0x05, 0x00};
  const Bytes numbers = der::value(der::Tag::sequence, {der::integer(modulus), der::integer(std::uint64_t{exponent})});
  return PublicKey::from_der(key_info(der::object_identifier("1.2.840.113549.1.1.1"), null, numbers));
}

Result<PublicKey> ec_public_key(NistCurve curve, ByteView x, ByteView y) {
  const std::size_t size = coordinate_size(curve);
  if (x.size() != size || y.size() != size)
    return Error(Errc::invalid_argument, "a coordinate is not as long as the curve's");

  constexpr std::array<std::uint8_t, 1> uncompressed{0x04};
  const Bytes point = base::concat({uncompressed, x, y});
  const Bytes name = der::object_identifier(curve == NistCurve::p256 ? "1.2.840.10045.3.1.7" : "1.3.132.0.34");
  auto key = PublicKey::from_der(key_info(der::object_identifier("1.2.840.10045.2.1"), name, point));
  if (!key) return Error(Errc::invalid_argument, "the point is not on the curve");
  return key;
}

}  // namespace muster::crypto
