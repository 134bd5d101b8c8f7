// How a command of the command line ends.
#pragma once

#include <stdexcept>
#include <string>

namespace muster::cli {

/// The exit status. docs/reference/cli.md lists them.
enum class ExitCode : int {
  done = 0,
  usage = 1,       ///< the command line itself is wrong
  input = 2,       ///< a file, a variable or a value given to the command cannot be used
  connection = 3,  ///< the service cannot be reached or is not the one that it should be
  refused = 4      ///< the service says no
};

/// Ends a command with one line for people. Thrown where it happens, caught once, in `run`.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& line) : std::runtime_error(line), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

}  // namespace muster::cli
