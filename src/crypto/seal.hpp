// Secrets at rest.
#pragma once

#include <optional>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "crypto/hash.hpp"

namespace muster::crypto {

/// Octets of a sealing key (AES-256).
inline constexpr std::size_t seal_key_size = 32;

/// Encrypts and authenticates with AES-256-GCM (NIST SP 800-38D). The result is one octet of format, 12 of nonce, the
/// ciphertext and 16 of tag. `associated_data` is bound but not contained: where the secret belongs, so that it cannot
/// be moved elsewhere. The nonce is random, so one key must not seal more than 2^32 secrets. Throws where the key has
/// another size.
Bytes seal(const base::Secret& key, ByteView plaintext, ByteView associated_data, base::Random& random);

/// What was sealed; nothing where the key, the place or any octet is another. Throws where the key has another size.
std::optional<base::Secret> unseal(const base::Secret& key, ByteView sealed, ByteView associated_data);

}  // namespace muster::crypto
