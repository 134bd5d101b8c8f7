// Elliptic-curve Diffie-Hellman with one party's key drawn for a single use.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "crypto/raw_public_key.hpp"

namespace muster::crypto {

/// What the sender of a one-pass key agreement ends up with.
struct KeyAgreement {
  Bytes ephemeral_x;  ///< the drawn key's point, each coordinate as long as the curve's
  Bytes ephemeral_y;
  base::Secret shared_x;  ///< the x-coordinate of the shared point, as long as the curve's coordinate
};

/// Draws a key on `curve` (from OpenSSL's generator) and agrees with the holder of the point (x, y): NIST SP 800-56A
/// section 6.2.2.2. Errc::invalid_argument where that point is not on the curve.
base::Result<KeyAgreement> agree_with(NistCurve curve, ByteView x, ByteView y);

/// The holder's side: the same `shared_x` from the private key and the sender's ephemeral point.
/// Errc::invalid_argument where the two are not on one curve.
base::Result<base::Secret> shared_x_coordinate(const PrivateKey& key, NistCurve curve, ByteView ephemeral_x,
                                               ByteView ephemeral_y);

}  // namespace muster::crypto
