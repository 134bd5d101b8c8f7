// Closing without taking the last answer along. Internal to this room.
#pragma once

#include "net/byte_stream.hpp"

namespace muster::net {

/// After a refusal the client may still be sending; closing at once would reset the connection and take the answer with
/// it (RFC 9112 section 9.6). Says that nothing more will be written, then reads and forgets what still comes, within
/// limits of time and size. Throws what reading throws.
base::Task<void> linger(ByteStream& stream);

}  // namespace muster::net
