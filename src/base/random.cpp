#include "base/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace muster::base {

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto drawn = getrandom(bytes.data(), bytes.size(), 0);
    if (drawn < 0) {
      if (errno == EINTR) continue;
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(drawn));
  }
}

void SequenceRandom::fill(std::span<std::uint8_t> bytes) {
  for (auto& byte : bytes) {
    // splitmix64, one octet a step.
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    byte = static_cast<std::uint8_t>(mixed >> 56U);
  }
}

}  // namespace muster::base
