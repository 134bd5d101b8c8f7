// What an allocation webhook answers.
#include <array>

#include "dialect/azure/webhook_answer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using muster::base::HubName;
  const std::array<HubName, 2> offered = {HubName("a.example"), HubName("b.example")};
  const auto verdict = muster::dialect::azure::read_webhook_answer(muster::base::text_view({data, size}), offered);
  if (verdict && verdict->hub != offered[0] && verdict->hub != offered[1]) __builtin_trap();
  return 0;
}
