#include "report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace muster::bench {
namespace {

struct Figures {
  std::uint64_t good;
  double seconds;
  double per_second;
  std::optional<double> server_us_each;
};

Figures figures(const Report& report) {
  const std::uint64_t good = report.tally.latencies_us.size();
  const double seconds = report.duration.count();
  Figures figures{.good = good,
                  .seconds = seconds,
                  .per_second = seconds > 0 ? static_cast<double>(good) / seconds : 0,
                  .server_us_each = {}};
  if (report.server_us && good > 0)
    figures.server_us_each = static_cast<double>(*report.server_us) / static_cast<double>(good);
  return figures;
}

}  // namespace

void Tally::complain(std::string text) {
  if (complaints.size() < complaint_count_max) complaints.push_back(std::move(text));
}

void Tally::add(Tally other) {
  latencies_us.insert(latencies_us.end(), other.latencies_us.begin(), other.latencies_us.end());
  pending += other.pending;
  refused += other.refused;
  failed += other.failed;
  for (auto& text : other.complaints) complain(std::move(text));
}

std::uint64_t processor_time_us(const std::vector<pid_t>& processes) {
  const auto ticks_per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  std::uint64_t ticks = 0;
  for (const pid_t process : processes) {
    std::ifstream file(fmt::format("/proc/{}/stat", process));
    std::string line;
    if (!std::getline(file, line)) throw std::runtime_error(fmt::format("there is no process {}", process));
    // The command's name stands in parentheses and may hold anything; utime and stime are the 12th and 13th after it.
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::string skipped;
    for (int field = 0; field < 11; ++field) fields >> skipped;
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    if (!(fields >> user >> system)) throw std::runtime_error(fmt::format("/proc/{}/stat cannot be read", process));
    ticks += user + system;
  }
  return ticks * 1'000'000 / ticks_per_second;
}

std::uint32_t Report::percentile_us(double share) const {
  auto latencies = tally.latencies_us;
  if (latencies.empty()) return 0;
  const auto last = static_cast<double>(latencies.size() - 1);
  const auto position = static_cast<std::ptrdiff_t>(std::llround(share * last));
  std::nth_element(latencies.begin(), latencies.begin() + position, latencies.end());
  return latencies[static_cast<std::size_t>(position)];
}

std::string Report::text() const {
  const Figures shown = figures(*this);
  std::string text =
      fmt::format("{} good, {} pending, {} refused, {} failed in {:.2f} s: {:.0f} a second\n", shown.good,
                  tally.pending, tally.refused, tally.failed, shown.seconds, shown.per_second);
  text += fmt::format("p50 {:.2f} ms, p99 {:.2f} ms\n", percentile_us(0.5) / 1000.0, percentile_us(0.99) / 1000.0);
  if (shown.server_us_each) text += fmt::format("server: {:.0f} us of processor time each\n", *shown.server_us_each);
  for (const auto& complaint : tally.complaints) text += fmt::format("  {}\n", complaint);
  return text;
}

std::string Report::json() const {
  const Figures shown = figures(*this);
  boost::json::object object{{"good", shown.good},
                             {"pending", tally.pending},
                             {"refused", tally.refused},
                             {"failed", tally.failed},
                             {"seconds", shown.seconds},
                             {"perSecond", shown.per_second},
                             {"p50Us", percentile_us(0.5)},
                             {"p99Us", percentile_us(0.99)},
                             {"complaints", boost::json::array(tally.complaints.begin(), tally.complaints.end())}};
  if (shown.server_us_each) object["serverUsEach"] = *shown.server_us_each;
  return boost::json::serialize(object);
}

}  // namespace muster::bench
