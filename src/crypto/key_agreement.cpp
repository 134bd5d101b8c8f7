#include "crypto/key_agreement.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include <memory>
#include <stdexcept>

#include "crypto/native.hpp"

namespace muster::crypto {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using base::Secret;

using KeyContext = std::unique_ptr<EVP_PKEY_CTX, native::Release<EVP_PKEY_CTX_free>>;

native::Key draw_key(NistCurve curve) {
  const KeyContext context(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr));
  const int name = curve == NistCurve::p256 ? NID_X9_62_prime256v1 : NID_secp384r1;
  EVP_PKEY* drawn = nullptr;
  if (!context || EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), name) != 1 || EVP_PKEY_keygen(context.get(), &drawn) != 1)
    throw std::runtime_error("an EC key cannot be drawn");
  return native::Key(drawn);
}

/// The x-coordinate of the shared point; nothing where the two keys are not on one curve.
Result<Secret> derive(EVP_PKEY* own, EVP_PKEY* peer) {
  const KeyContext context(EVP_PKEY_CTX_new(own, nullptr));
  std::size_t size = 0;
  if (!context || EVP_PKEY_derive_init(context.get()) != 1) throw std::runtime_error("EVP_PKEY_derive_init failed");
  if (EVP_PKEY_derive_set_peer(context.get(), peer) != 1 || EVP_PKEY_derive(context.get(), nullptr, &size) != 1) {
    ERR_clear_error();
    return Error(Errc::invalid_argument, "the keys are not on one curve");
  }
  Bytes shared(size);
  if (EVP_PKEY_derive(context.get(), shared.data(), &size) != 1) throw std::runtime_error("EVP_PKEY_derive failed");
  return Secret(std::move(shared));
}

/// The coordinates of a key's point, which OpenSSL encodes uncompressed: 04, x, y (SEC 1 section 2.3.3).
std::pair<Bytes, Bytes> coordinates(const native::Key& key, NistCurve curve) {
  unsigned char* encoded = nullptr;
  const std::size_t size = EVP_PKEY_get1_encoded_public_key(key.get(), &encoded);
  const Bytes point(encoded, encoded + size);
  OPENSSL_free(encoded);

  const std::size_t half = coordinate_size(curve);
  if (point.size() != 1 + 2 * half) throw std::runtime_error("an EC point of unexpected size");
  const ByteView octets = ByteView(point).subspan(1);
  return {base::to_bytes(octets.first(half)), base::to_bytes(octets.subspan(half))};
}

}  // namespace

Result<KeyAgreement> agree_with(NistCurve curve, ByteView x, ByteView y) {
  const auto peer = ec_public_key(curve, x, y);
  if (!peer) return peer.error();
  const native::Key own = draw_key(curve);
  auto shared = derive(own.get(), peer->native());
  if (!shared) return shared.error();
  auto [own_x, own_y] = coordinates(own, curve);
  return KeyAgreement{.ephemeral_x = std::move(own_x), .ephemeral_y = std::move(own_y), .shared_x = std::move(*shared)};
}

Result<Secret> shared_x_coordinate(const PrivateKey& key, NistCurve curve, ByteView ephemeral_x, ByteView ephemeral_y) {
  const auto peer = ec_public_key(curve, ephemeral_x, ephemeral_y);
  if (!peer) return peer.error();
  if (EVP_PKEY_get_base_id(key.native()) != EVP_PKEY_EC) return Error(Errc::invalid_argument, "not an EC private key");
  return derive(key.native(), peer->native());
}

}  // namespace muster::crypto
