// A query from an administrator's program.
#include <cstdlib>

#include "base/bytes.hpp"
#include "codec/query/query.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto query = muster::codec::parse_query(muster::base::text_view({data, size}));
  if (query && query->conditions.size() > muster::codec::query_conditions_max) std::abort();
  return 0;
}
