// A hub's connection string, as somebody pastes it into the management API.
#include <cstdlib>

#include "codec/connection_string.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using muster::codec::parse_connection_string;
  const auto connection = parse_connection_string(muster::base::text_view({data, size}));
  if (!connection) return 0;

  // What is shown hides the key and is taken again.
  const auto shown = parse_connection_string(muster::codec::to_masked_text(*connection));
  if (!shown || !shown->key.empty() || shown->host != connection->host) std::abort();
  return 0;
}
