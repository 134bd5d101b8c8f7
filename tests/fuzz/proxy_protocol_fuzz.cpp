// A PROXY header that is accepted fits what was received, and one that wants more wants more than there is.
#include <cstdint>
#include <cstdlib>

#include "net/proxy_protocol.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muster::net;
  const auto parsed = parse_proxy_header({data, size});
  if (const auto* header = std::get_if<ProxyHeader>(&parsed))
    if (header->size > size || (header->source && header->source->str().empty())) std::abort();
  if (const auto* incomplete = std::get_if<ProxyHeaderIncomplete>(&parsed))
    if (incomplete->size_needed <= size || incomplete->size_needed > proxy_header_size_max) std::abort();
  return 0;
}
