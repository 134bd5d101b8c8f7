#include "net/linger.hpp"

#include <array>

namespace muster::net {
namespace {

constexpr std::chrono::seconds linger_time{2};
constexpr std::size_t linger_size_max = 256 * 1024;

}  // namespace

base::Task<void> linger(ByteStream& stream) {
  stream.shut_down_write();
  stream.set_idle(true);
  stream.expires_after(linger_time);
  std::array<std::uint8_t, 4096> forgotten{};
  for (std::size_t total = 0; total < linger_size_max;) {
    const std::size_t size = co_await stream.read_some(forgotten);
    if (size == 0) break;
    total += size;
  }
}

}  // namespace muster::net
