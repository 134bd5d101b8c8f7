// What a run has seen, and how it is shown.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace muster::bench {

/// The outcomes of one thread's requests; threads' tallies are added up at the end.
struct Tally {
  std::vector<std::uint32_t> latencies_us;  ///< of each good request: from before connect() to its whole answer
  std::uint64_t pending = 0;                ///< accepted, but not yet assigned
  std::uint64_t refused = 0;                ///< answered with anything else
  std::uint64_t failed = 0;                 ///< not answered at all
  std::vector<std::string> complaints;  ///< the first of what refusals and failures said, at most `complaint_count_max`

  static constexpr std::size_t complaint_count_max = 5;
  void complain(std::string text);
  void add(Tally other);
};

/// The processor time that processes have used since they started, in microseconds, user and system together, from
/// proc(5) /proc/PID/stat. Throws std::runtime_error where one of them does not exist.
std::uint64_t processor_time_us(const std::vector<pid_t>& processes);

struct Report {
  Tally tally;
  std::chrono::duration<double> duration{};
  std::optional<std::uint64_t> server_us;  ///< processor time of the server during the run

  /// The value that `share` (0 to 1) of the latencies do not exceed; 0 where there are none.
  std::uint32_t percentile_us(double share) const;
  std::string text() const;
  std::string json() const;
};

}  // namespace muster::bench
