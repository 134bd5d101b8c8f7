// Randomness as it is injected.
#pragma once

#include <span>

#include "base/bytes.hpp"
#include "base/secret.hpp"

namespace muster::base {

/// Where random octets come from. Safe to call from any thread. Throws where the system has none.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  Bytes bytes(std::size_t size) {
    Bytes drawn(size);
    fill(drawn);
    return drawn;
  }
  Secret secret(std::size_t size) { return Secret(bytes(size)); }
};

/// The kernel's generator (getrandom).
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

/// A repeatable sequence for tests; it is not random at all.
class SequenceRandom final : public Random {
 public:
  explicit SequenceRandom(std::uint64_t seed = 1) : state_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  std::uint64_t state_;
};

}  // namespace muster::base
