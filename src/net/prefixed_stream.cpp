#include "net/prefixed_stream.hpp"

#include <algorithm>

namespace muster::net {

base::Task<std::size_t> PrefixedStream::read_some(std::span<std::uint8_t> buffer) {
  return prefix_.empty() ? stream_->read_some(buffer) : read_prefix(buffer);
}

base::Task<std::size_t> PrefixedStream::read_prefix(std::span<std::uint8_t> buffer) {
  const std::size_t size = std::min(buffer.size(), prefix_.size() - used_);
  std::copy_n(prefix_.data() + used_, size, buffer.data());
  used_ += size;
  // Connections live long; the octets need not.
  if (used_ == prefix_.size()) base::Bytes().swap(prefix_);
  co_return size;
}

}  // namespace muster::net
