// The command line's grammar: which commands there are, what they take, and their help.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "cli/cli.hpp"
#include "cli/commands.hpp"

namespace muster::cli {

/// What was asked for.
struct Parsed {
  std::string url;
  std::string token_file;
  std::string ca_file;
  std::string tenant;
  bool json = false;
  std::function<void(Session&)> command;  ///< to be run against a service
  std::function<int()> local;             ///< to be run here; without either there is only `exit_code` left to return
  int exit_code = 0;
};

/// Reads the command line; prints help, a completion script, or what is wrong with it itself.
Parsed parse_command_line(int argc, char** argv, std::span<const LocalCommand> local_commands);

}  // namespace muster::cli
