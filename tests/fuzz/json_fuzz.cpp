// The body of any request.
#include <boost/json/value.hpp>

#include "base/bytes.hpp"
#include "codec/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)muster::codec::parse_json(muster::base::text_view({data, size}));
  return 0;
}
