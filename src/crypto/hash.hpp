// Digests and message authentication codes.
#pragma once

#include <array>

#include "base/bytes.hpp"

namespace muster::crypto {

using base::Bytes;
using base::ByteView;

enum class HashAlgorithm { sha1, sha256, sha384, sha512 };

/// Octets of a digest: 20, 32, 48 or 64.
std::size_t digest_size(HashAlgorithm algorithm);

/// FIPS 180-4.
Bytes hash(HashAlgorithm algorithm, ByteView data);
std::array<std::uint8_t, 32> sha256(ByteView data);

/// FIPS 198-1.
Bytes hmac(HashAlgorithm algorithm, ByteView key, ByteView data);
std::array<std::uint8_t, 32> hmac_sha256(ByteView key, ByteView data);

}  // namespace muster::crypto
