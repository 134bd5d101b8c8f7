// How much company the next write may expect. No clock, no thread.
#pragma once

#include <algorithm>
#include <cstddef>

namespace muster::store {

/// Learns from the sizes of the groups that were committed for how many writes it pays to wait a little. It answers
/// one, so that nothing waits, for a caller that writes again and again with nobody beside it, and the number that
/// comes within the waiting time where many callers write at once. To notice that more would have come, it asks for
/// half as many again from time to time: at once after that worked, and each time half as often after it did not.
class GroupForecast {
 public:
  /// `most` is the largest size of a group, at least 1.
  explicit GroupForecast(std::size_t most) : most_(most) {}

  /// The size of the next group that is worth waiting for, 1 to `most`.
  std::size_t wanted() const {
    if (groups_until_try_ > 0) return expected_;
    return std::min(most_, expected_ + std::max<std::size_t>(1, expected_ / 2));
  }

  /// Says what the next group came to: `wanted()` or more, or fewer where the waiting time was over before.
  void learn(std::size_t size) {
    const bool is_try = groups_until_try_ == 0;
    const bool was_in_vain = size < wanted();
    if (is_try) pause_ = was_in_vain ? std::min(pause_ * 2, longest_pause) : 1;
    if (was_in_vain) {
      groups_until_try_ = pause_;
    } else if (!is_try) {
      --groups_until_try_;
    }
    // Halfway down, because how many come within the time varies where callers come at random.
    if (was_in_vain) size = (expected_ + size) / 2;
    expected_ = std::clamp<std::size_t>(size, 1, most_);
  }

 private:
  static constexpr std::size_t longest_pause = 64;

  std::size_t most_;
  std::size_t expected_ = 1;
  std::size_t pause_ = 1;  // groups between two tries
  std::size_t groups_until_try_ = 1;
};

}  // namespace muster::store
