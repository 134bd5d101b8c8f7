// The command line of `muster`.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace muster::cli {

/// What was typed for one option of a local command, by the option's name; a flag that was given has no values.
using LocalArguments = std::map<std::string, std::vector<std::string>, std::less<>>;

struct LocalOption {
  enum class Kind { text, repeated, flag, port };
  const char* name;  ///< with its dashes: "--data"
  const char* description;
  Kind kind = Kind::text;
  bool required = false;
};

/// A command that works in this process instead of asking a service: `serve`, `init`, `audit export`.
struct LocalCommand {
  const char* words;  ///< what it is called by: one word, or "audit" and another one
  const char* description;
  const char* example;
  std::vector<LocalOption> options;
  std::function<int(const LocalArguments&)> run;  ///< returns the exit status
};

/// Runs one command and returns the exit status (docs/reference/cli.md).
int run(int argc, char** argv, std::span<const LocalCommand> local_commands);

}  // namespace muster::cli
