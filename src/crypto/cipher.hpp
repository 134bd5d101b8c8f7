// The block cipher mode that TPM 2.0 wraps keys with.
#pragma once

#include "base/bytes.hpp"

namespace muster::crypto {

using base::Bytes;
using base::ByteView;

/// AES in CFB mode with 128-bit segments (NIST SP 800-38A section 6.3) and an initial vector of zeros, which is sound
/// only where each key encrypts one text, as in TPM 2.0 Library, Part 1, "Protected Storage". The key has 16, 24 or 32
/// octets (std::invalid_argument otherwise). The result is as long as the text.
Bytes aes_cfb128_encrypt(ByteView key, ByteView plain);
Bytes aes_cfb128_decrypt(ByteView key, ByteView encrypted);

}  // namespace muster::crypto
