// Asymmetric keys: what certificates carry and what signs them.
#pragma once

#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "crypto/hash.hpp"

struct evp_pkey_st;

namespace muster::crypto {

/// A public key: elliptic curve P-256, P-384 or P-521, or RSA of 2048 to 8192 bits (the floor is that of TLS at
/// security level 2, the ceiling bounds what a stranger's signature can cost). Immutable; a copy shares the key. Safe
/// to use from any thread.
class PublicKey {
 public:
  /// A DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) and nothing behind it. Refuses with invalid_argument.
  static base::Result<PublicKey> from_der(ByteView subject_public_key_info);
  /// The same checks on a key of the cryptographic library, of which it takes a reference.
  static base::Result<PublicKey> from_native(evp_pkey_st* key);

  /// The SubjectPublicKeyInfo: the octets that `from_der` read, else encoded anew at each call, which costs OpenSSL 3.0
  /// more than a signature does.
  Bytes der() const;
  /// "P-256", "P-384", "P-521" or "RSA-" and the bits.
  const std::string& kind() const;
  /// Whether the signature (ECDSA in DER, RFC 3279 section 2.2.3; RSA PKCS #1 v1.5) is this key's over the data.
  bool verify(HashAlgorithm algorithm, ByteView data, ByteView signature) const;
  bool operator==(const PublicKey& other) const;

  /// For the cryptographic library's own functions; lives as long as this object.
  evp_pkey_st* native() const;

 private:
  struct State;
  explicit PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  static base::Result<PublicKey> adopt(evp_pkey_st* key, Bytes der);

  std::shared_ptr<const State> state_;
};

/// A private key of the same kinds. A copy shares the key; the last one wipes it. Safe to use from any thread.
class PrivateKey {
 public:
  /// From the cryptographic library's own generator.
  static PrivateKey generate_p256();
  /// A DER PrivateKeyInfo (RFC 5208) and nothing behind it. Refuses with invalid_argument.
  static base::Result<PrivateKey> from_pkcs8(const base::Secret& der);

  base::Secret pkcs8() const;
  /// The same as text, "BEGIN PRIVATE KEY".
  base::Secret pem() const;
  PublicKey public_key() const;
  /// Over the SHA-256 of the data: ECDSA in DER, or RSA PKCS #1 v1.5.
  Bytes sign_sha256(ByteView data) const;

  /// For the cryptographic library's own functions; lives as long as this object.
  evp_pkey_st* native() const { return key_.get(); }

 private:
  explicit PrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace muster::crypto
