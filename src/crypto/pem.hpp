// The textual encoding of keys and certificates (RFC 7468).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "crypto/hash.hpp"

namespace muster::crypto {

/// "-----BEGIN LABEL-----", base64 in lines of 64 characters, "-----END LABEL-----" and a line end.
std::string to_pem(std::string_view label, ByteView der);

/// The contents of every block of that label, in their order; text around them and other blocks are passed over.
/// Refuses with too_many_items where there are more than `count_max`, with invalid_argument where a block of the label
/// does not end or is no base64.
base::Result<std::vector<Bytes>> pem_blocks(std::string_view text, std::string_view label, std::size_t count_max);

}  // namespace muster::crypto
