// Octets that must not stay in memory, and their comparison.
#pragma once

#include "base/bytes.hpp"

namespace muster::base {

/// Owns secret octets and overwrites them when it goes. It has no stream operator and no formatter, so that it cannot
/// be logged by accident; `reveal` is the one way to the octets.
class Secret {
 public:
  Secret() = default;
  explicit Secret(Bytes bytes) : bytes_(std::move(bytes)) {}
  Secret(const Secret& other) = default;
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  ByteView reveal() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }
  std::size_t size() const { return bytes_.size(); }

 private:
  void wipe();
  Bytes bytes_;
};

/// True where both hold the same octets; takes the same time wherever they differ. Sizes are not secret.
bool equal_in_constant_time(ByteView left, ByteView right);

/// Overwrites octets in a way that the compiler keeps.
void wipe(std::span<std::uint8_t> bytes);
void wipe(std::string& text);

}  // namespace muster::base
