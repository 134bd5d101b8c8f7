// muster-load: many devices over many connections, each with a new TLS 1.3 handshake, and what it cost the server.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "device_certificates.hpp"
#include "mqtt_exchange.hpp"
#include "report.hpp"
#include "restart.hpp"
#include "tls_client.hpp"
#include "workload.hpp"

namespace muster::bench {
namespace {

struct Options {
  std::string url;
  std::string authority_file;
  std::string mode = "register";
  std::string id_scope;
  std::string group_key_file;
  std::string device_authority_file;
  std::string device_authority_key_file;
  std::uint64_t count = 1000;
  std::uint64_t first_index = 1;
  unsigned connections = 8;
  unsigned requests_per_connection = 1;
  unsigned seconds = 0;
  std::vector<pid_t> server_processes;
  std::string acknowledged_file;
  bool json = false;
};

/// Appends the ids of devices whose assignment has arrived, each in one write(2): what the file holds when either side
/// is killed is what a device had been told. Safe to call from any thread.
class Acknowledgements {
 public:
  explicit Acknowledgements(const std::string& file) {
    if (file.empty()) return;
    descriptor_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor_ < 0) throw std::runtime_error("cannot write " + file);
  }
  Acknowledgements(const Acknowledgements&) = delete;
  Acknowledgements& operator=(const Acknowledgements&) = delete;
  ~Acknowledgements() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  void add(const std::string& id) const {
    if (descriptor_ < 0) return;
    const std::string line = id + "\n";
    if (::write(descriptor_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::runtime_error("an acknowledgement could not be written");
  }

 private:
  int descriptor_ = -1;
};

/// What the threads of a run share.
struct Run {
  const Options& options;
  const TlsClient& client;
  const Workload& workload;
  const std::vector<DeviceIdentity>& identities;  ///< of the devices from the first index on; empty: none is shown
  const Acknowledgements& acknowledgements;
  std::chrono::steady_clock::time_point deadline;
  std::atomic<std::uint64_t> next_index;

  /// The next device's index; nothing when the run is over.
  std::optional<std::uint64_t> next() {
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    const std::uint64_t index = next_index.fetch_add(1, std::memory_order_relaxed);
    return index < options.first_index + options.count ? std::optional(index) : std::nullopt;
  }
};

void note(Run& run, Tally& tally, std::uint64_t index, const HttpAnswer& answer, std::chrono::microseconds latency) {
  switch (run.workload.judge(answer)) {
    case Outcome::good:
      run.acknowledgements.add(Workload::device_id(index));
      tally.latencies_us.push_back(static_cast<std::uint32_t>(latency.count()));
      break;
    case Outcome::pending:
      ++tally.pending;
      break;
    case Outcome::refused:
      ++tally.refused;
      tally.complain(Workload::complaint(index, answer));
      break;
  }
}

bool speaks_mqtt(const Options& options) { return options.mode.starts_with("mqtt"); }

const DeviceIdentity* identity_of(const Run& run, std::uint64_t index) {
  return run.identities.empty() ? nullptr : &run.identities[index - run.options.first_index];
}

/// One connection over which a device registers by MQTT, or publishes to itself.
void converse_by_mqtt(Run& run, Tally& tally, std::uint64_t index) {
  try {
    const MqttDevice device = run.workload.mqtt_device(index);
    const auto begin = std::chrono::steady_clock::now();
    TlsConnection connection = run.client.connect(identity_of(run, index));
    MqttExchange exchange(connection);
    exchange.open(device);
    const auto message = exchange.request(device);
    const auto latency = std::chrono::steady_clock::now() - begin;
    note(run, tally, index, run.workload.mqtt_answer(message),
         std::chrono::duration_cast<std::chrono::microseconds>(latency));
  } catch (const std::runtime_error& failure) {
    ++tally.failed;
    tally.complain(fmt::format("{}: {}", Workload::device_id(index), failure.what()));
  }
}

/// Holds connections that were let in and have subscribed until standard input ends. Says when all are there.
void stay_idle(const Run& run) {
  std::vector<TlsConnection> connections;
  connections.reserve(run.options.count);
  for (std::uint64_t index = run.options.first_index; connections.size() < run.options.count; ++index) {
    connections.push_back(run.client.connect(identity_of(run, index)));
    MqttExchange exchange(connections.back());
    exchange.open(run.workload.mqtt_device(index));
  }
  std::puts("idle");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

/// One connection and its requests, beginning with that of `index`.
void converse_by_http(Run& run, Tally& tally, std::uint64_t index) {
  std::optional<std::uint64_t> current = index;
  try {
    std::string request = run.workload.request(index, run.options.requests_per_connection == 1);
    auto begin = std::chrono::steady_clock::now();
    TlsConnection connection = run.client.connect();
    for (unsigned done = 1; current; ++done) {
      const HttpAnswer answer = fetch(connection, request);
      const auto latency = std::chrono::steady_clock::now() - begin;
      note(run, tally, *current, answer, std::chrono::duration_cast<std::chrono::microseconds>(latency));
      if (done == run.options.requests_per_connection) return;
      current = run.next();
      if (!current) return;
      request = run.workload.request(*current, done + 1 == run.options.requests_per_connection);
      begin = std::chrono::steady_clock::now();
    }
  } catch (const std::runtime_error& failure) {
    ++tally.failed;
    tally.complain(fmt::format("{}: {}", Workload::device_id(current.value_or(index)), failure.what()));
  }
}

/// The requests of all threads together.
Tally converse(Run& run) {
  std::vector<Tally> tallies(run.options.connections);
  std::vector<std::jthread> threads;
  threads.reserve(tallies.size());
  for (Tally& tally : tallies) {
    threads.emplace_back([&run, &tally] {
      const auto one = speaks_mqtt(run.options) ? converse_by_mqtt : converse_by_http;
      while (const auto index = run.next()) one(run, tally, *index);
    });
  }
  threads.clear();  // joins
  Tally all;
  for (Tally& tally : tallies) all.add(std::move(tally));
  return all;
}

Report measure(Run& run) {
  const Options& options = run.options;
  const auto& processes = options.server_processes;
  Report report;
  const std::uint64_t server_before = processor_time_us(processes);
  const auto begin = std::chrono::steady_clock::now();
  if (options.mode == "restart") {
    const Crowd crowd{.first_index = options.first_index, .count = options.count, .connections = options.connections};
    report.tally = restart(run.client, run.workload, crowd);
  } else {
    report.tally = converse(run);
  }
  report.duration = std::chrono::steady_clock::now() - begin;
  if (!processes.empty()) report.server_us = processor_time_us(processes) - server_before;
  return report;
}

Fleet read_fleet(const Options& options) {
  if (options.group_key_file.empty()) return Fleet{.id_scope = options.id_scope, .group_key = {}, .token_expiry = {}};
  std::ifstream file(options.group_key_file);
  if (!file) throw std::runtime_error("cannot read " + options.group_key_file);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  auto key = base::from_base64_lenient(text);
  base::wipe(text);
  if (!key) throw std::runtime_error(options.group_key_file + " does not hold a key in base64");
  constexpr std::chrono::hours token_lifetime{24};
  return Fleet{.id_scope = options.id_scope,
               .group_key = base::Secret(std::move(*key)),
               .token_expiry = base::SystemClock().now() + token_lifetime};
}

std::vector<DeviceIdentity> make_identities(const Options& options) {
  std::vector<DeviceIdentity> identities;
  if (options.device_authority_file.empty()) return identities;
  const DeviceCertificates authority(options.device_authority_file, options.device_authority_key_file);
  identities.reserve(options.count);
  for (std::uint64_t i = 0; i < options.count; ++i)
    identities.push_back(authority.issue(Workload::device_id(options.first_index + i)));
  return identities;
}

int run(const Options& options) {
  const Target target = parse_url(options.url);
  std::optional<Fleet> fleet;
  if (!options.id_scope.empty()) fleet = read_fleet(options);
  const TlsClient client(target, options.authority_file);
  const Workload workload(target, std::move(fleet));
  const std::vector<DeviceIdentity> identities = make_identities(options);
  const Acknowledgements acknowledgements(options.acknowledged_file);
  const auto start = std::chrono::steady_clock::now();
  Run run{.options = options,
          .client = client,
          .workload = workload,
          .identities = identities,
          .acknowledgements = acknowledgements,
          .deadline = options.seconds == 0 ? std::chrono::steady_clock::time_point::max()
                                           : start + std::chrono::seconds(options.seconds),
          .next_index = options.first_index};
  if (options.mode == "mqtt-idle") {
    stay_idle(run);
    return 0;
  }
  const Report report = measure(run);
  std::fputs(((options.json ? report.json() + "\n" : report.text())).c_str(), stdout);
  return report.tally.refused + report.tally.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace muster::bench

int main(int argument_count, char** arguments) {
  muster::bench::Options options;
  CLI::App app(
      "Registers many simulated devices with Muster, by HTTPS or MQTT, or fetches a file from any HTTPS server or "
      "a message from any MQTT broker, and reports.");
  app.add_option("--url", options.url, "https://host:port, with a path for --mode get, or mqtts://host:port")
      ->required();
  app.add_option("--ca", options.authority_file, "PEM certificates to trust")->required()->check(CLI::ExistingFile);
  app.add_option("--mode", options.mode,
                 "register or get by HTTPS; restart: register by HTTPS, and come back as each answer says; mqtt: "
                 "register, or publish to oneself without --id-scope; mqtt-idle: stay "
                 "connected until standard input ends")
      ->check(CLI::IsMember({"register", "get", "restart", "mqtt", "mqtt-idle"}));
  app.add_option("--id-scope", options.id_scope, "ID scope of the devices");
  app.add_option("--group-key-file", options.group_key_file, "the enrollment group's symmetric key, base64");
  app.add_option("--device-ca", options.device_authority_file, "PEM certificate that issues the devices' certificates")
      ->check(CLI::ExistingFile);
  app.add_option("--device-ca-key", options.device_authority_key_file, "its key, PEM")->check(CLI::ExistingFile);
  app.add_option("--count", options.count, "how many requests")->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "stop after so many seconds, whatever --count says");
  app.add_option("--connections", options.connections, "how many at the same time")->check(CLI::Range(1, 1024));
  app.add_option("--requests-per-connection", options.requests_per_connection, "more than one: keep-alive")
      ->check(CLI::PositiveNumber);
  app.add_option("--first-index", options.first_index, "number of the first device: 7 is load-000007");
  app.add_option("--server-pid", options.server_processes, "the server's processes, to report their processor time");
  app.add_option("--acknowledged", options.acknowledged_file, "append the id of each device that was told its hub");
  app.add_flag("--json", options.json, "one JSON object instead of text");
  CLI11_PARSE(app, argument_count, arguments);
  const bool registers = options.mode == "register" || options.mode == "restart";
  if (registers && (options.id_scope.empty() || options.group_key_file.empty())) {
    std::fputs("muster-load: modes register and restart need --id-scope and --group-key-file\n", stderr);
    return 2;
  }
  if (options.device_authority_file.empty() != options.device_authority_key_file.empty()) {
    std::fputs("muster-load: --device-ca and --device-ca-key go together\n", stderr);
    return 2;
  }
  try {
    return muster::bench::run(options);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "muster-load: %s\n", fault.what());
    return 2;
  }
}
