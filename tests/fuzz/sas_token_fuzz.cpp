// An Authorization header or an MQTT password.
#include <cstdlib>

#include "attest/symmetric_key/symmetric_key.hpp"
#include "codec/sas_token.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto token = muster::codec::parse_sas_token(muster::base::text_view({data, size}));
  if (!token) return 0;

  // Nobody signs with this key, so nothing may be accepted.
  static const muster::base::Secret key(muster::base::Bytes(32, 0x5a));
  const muster::base::TimePoint long_ago{};
  if (muster::attest::symmetric_key::check_token(*token, key, token->resource, long_ago)) std::abort();
  return 0;
}
