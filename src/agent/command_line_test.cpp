#include "agent/command_line.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "agent/outcome.hpp"

namespace muster::agent {
namespace {

constexpr const char* provisioning[] = {"provision",   "--endpoint", "https://127.0.0.1:1",         "--id-scope",
                                        "0ne00000001", "--output",   "/nonexistent/assignment.json"};

ExitCode exit_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "muster-agent");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  return static_cast<ExitCode>(run(static_cast<int>(pointers.size()), pointers.data()));
}

ExitCode exit_of_provisioning(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), std::begin(provisioning), std::end(provisioning));
  return exit_of(std::move(arguments));
}

TEST(CommandLine, HelpsAndNamesItsVersion) {
  EXPECT_EQ(exit_of({"--help"}), ExitCode::success);
  EXPECT_EQ(exit_of({"provision", "--help"}), ExitCode::success);
  EXPECT_EQ(exit_of({"--version"}), ExitCode::success);
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  unsetenv("MUSTER_AGENT_SYMMETRIC_KEY");
  const std::vector<std::vector<std::string>> cases = {
      {}, {"surprise"}, {"provision"}, {"token", "--hub", "h"}, {"show-tpm", "--ek-kind", "rsa1024"}};
  for (const auto& arguments : cases) EXPECT_EQ(exit_of(arguments), ExitCode::usage);

  const std::vector<std::vector<std::string>> provisioning_cases = {
      {"--attestation", "password"},
      {"--timeout", "0"},
      {"--timeout", "86401"},
      {"--insecure"},
      {"--symmetric-key-file", "a", "--group-key-file", "b"},
      {"--attestation", "symmetric-key"},
      {"--attestation", "symmetric-key", "--registration-id", "d"},
      {"--attestation", "x509"},
      {"--attestation", "x509", "--certificate", "c"},
  };
  for (const auto& arguments : provisioning_cases) EXPECT_EQ(exit_of_provisioning(arguments), ExitCode::usage);
}

TEST(CommandLine, RefusesIdsThatNoServiceTakes) {
  setenv("MUSTER_AGENT_SYMMETRIC_KEY", "c3lta2V5", 1);
  for (const char* id : {"a b", "a/b", "a?", "ends."})
    EXPECT_EQ(exit_of_provisioning({"--attestation", "symmetric-key", "--registration-id", id}), ExitCode::usage) << id;
  unsetenv("MUSTER_AGENT_SYMMETRIC_KEY");
}

TEST(CommandLine, NamesMissingFilesBeforeItUsesTheNetwork) {
  const std::vector<std::vector<std::string>> cases = {
      {"--attestation", "x509", "--certificate", "/nonexistent/c", "--key", "/nonexistent/k"},
      {"--attestation", "symmetric-key", "--registration-id", "d", "--symmetric-key-file", "/nonexistent/k"},
      {"--attestation", "symmetric-key", "--registration-id", "d", "--group-key-file", "/nonexistent/k"},
      {"--ca", "/nonexistent/ca"},
  };
  for (const auto& arguments : cases) EXPECT_EQ(exit_of_provisioning(arguments), ExitCode::configuration);
}

TEST(CommandLine, TellsAMissingTpm) {
  EXPECT_EQ(exit_of_provisioning({"--tcti", "swtpm:path=/nonexistent/tpm"}), ExitCode::tpm);
  EXPECT_EQ(exit_of({"show-tpm", "--tcti", "swtpm:path=/nonexistent/tpm"}), ExitCode::tpm);
}

}  // namespace
}  // namespace muster::agent
