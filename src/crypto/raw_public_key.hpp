// Public keys from their bare numbers, as TPM structures and COSE keys carry them.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "crypto/key.hpp"

namespace muster::crypto {

/// The NIST curves that Muster's devices use (FIPS 186-5).
enum class NistCurve { p256, p384 };

/// Octets of one coordinate: 32 or 48.
std::size_t coordinate_size(NistCurve curve);

/// An RSA key (RFC 3279 section 2.3.1). The modulus is big-endian without leading zeros, 2048 to 4096 bits; the
/// exponent is odd and at least 65537. Errc::invalid_argument otherwise.
base::Result<PublicKey> rsa_public_key(ByteView modulus, std::uint32_t exponent);

/// An elliptic-curve key (RFC 5480: named curve, uncompressed point). Errc::invalid_argument where a coordinate is not
/// as long as the curve's or the point is not on the curve.
base::Result<PublicKey> ec_public_key(NistCurve curve, ByteView x, ByteView y);

}  // namespace muster::crypto
