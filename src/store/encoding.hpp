// Lists inside one column: each item's length in four octets, most significant first, then its octets.
#pragma once

#include <string>
#include <vector>

#include "provisioning/audit.hpp"

namespace muster::store {

using base::Bytes;
using base::ByteView;

Bytes encode_list(const std::vector<Bytes>& items);
/// Throws std::runtime_error where the octets are not such a list: the database was damaged.
std::vector<Bytes> decode_list(ByteView encoded);

/// Each head is four items: tenant, writer, sequence as eight octets, digest.
Bytes encode_heads(const std::vector<provisioning::AuditHead>& heads);
std::vector<provisioning::AuditHead> decode_heads(ByteView encoded);

}  // namespace muster::store
