// Scripts that complete the words of the command line in a shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::cli {

/// One command with what may follow it.
struct CommandWords {
  std::string path;                      ///< "" for muster itself, "enrollment add"
  std::vector<std::string> subcommands;  ///< their names
  std::vector<std::string> options;      ///< "--json"
};

/// `shell`: bash, zsh or fish; empty for any other.
std::string completion_script(std::string_view shell, const std::vector<CommandWords>& commands);

}  // namespace muster::cli
