// Values as octets to be digested.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"

namespace muster::provisioning {

/// Fields one after the other, each with its length before it, so that no two lists of fields have the same octets.
class Canonical {
 public:
  void add(base::ByteView octets) {
    add(static_cast<std::int64_t>(octets.size()));
    bytes_.insert(bytes_.end(), octets.begin(), octets.end());
  }
  void add(std::string_view text) { add(base::view(text)); }
  void add(std::int64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes_.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> static_cast<unsigned>(shift)));
  }
  const base::Bytes& bytes() const { return bytes_; }

 private:
  base::Bytes bytes_;
};

}  // namespace muster::provisioning
