// RSA encryption to a key that somebody else holds.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "crypto/hash.hpp"
#include "crypto/key.hpp"

namespace muster::crypto {

/// RSAES-OAEP (RFC 8017 section 7.1) with one hash for the label and for MGF1. The padding's seed comes from OpenSSL's
/// generator. Errc::invalid_argument where the key is no RSA key or the plain text is too long for it.
base::Result<Bytes> rsa_oaep_encrypt(const PublicKey& key, HashAlgorithm algorithm, ByteView label, ByteView plain);

/// The holder's side. Errc::invalid_argument where the key is no RSA key or the text was not encrypted to it with this
/// label; which of them is not told (RFC 8017 section 7.1.2).
base::Result<base::Secret> rsa_oaep_decrypt(const PrivateKey& key, HashAlgorithm algorithm, ByteView label,
                                            ByteView encrypted);

}  // namespace muster::crypto
