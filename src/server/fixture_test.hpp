// What tests of the server share: a data directory that goes with the test, and a store in it. Included by tests only.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "base/run_task.hpp"
#include "base/temporary_directory_test.hpp"
#include "server/initialization.hpp"
#include "store/open.hpp"

namespace muster::server {

inline const base::TimePoint noon = base::from_unix_seconds(1800000000);

inline void write_text(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }
inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}
/// The permission bits.
inline unsigned mode_of(const std::filesystem::path& file) {
  return static_cast<unsigned>(std::filesystem::status(file).permissions());
}

/// The text of what a call throws; empty where it throws nothing.
template <class Call>
std::string fault_of(const Call& call) {
  try {
    call();
  } catch (const std::exception& fault) {
    return fault.what();
  }
  return {};
}

/// A store and a vault as the first start has them.
class StoreTest : public ::testing::Test {
 protected:
  void initialize() {
    base::run_task(initialize_platform(*store, vault, clock, random));
    keys = base::run_task(initialize_tenant(*store, vault, "dps.example", clock, random));
  }

  base::TemporaryDirectory temporary;
  DataDirectory directory{temporary.path()};
  base::SystemRandom random;
  base::ManualClock clock{noon};
  std::unique_ptr<store::SqlStore> store = store::open_store(directory.database(), random);
  provisioning::Vault vault{base::Secret(base::Bytes(32, 7)), 1, *store, random};
  std::optional<provisioning::NewTenant> keys;
};

}  // namespace muster::server
