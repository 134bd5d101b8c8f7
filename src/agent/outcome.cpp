#include "agent/outcome.hpp"

namespace muster::agent {

std::string_view name(ExitCode code) {
  switch (code) {
    case ExitCode::success:
      return "success";
    case ExitCode::usage:
      return "usage";
    case ExitCode::configuration:
      return "configuration";
    case ExitCode::network:
      return "network";
    case ExitCode::refused:
      return "refused";
    case ExitCode::tpm:
      return "tpm";
    case ExitCode::timed_out:
      return "timed_out";
    case ExitCode::disabled:
      return "disabled";
    case ExitCode::unexpected_answer:
      return "unexpected_answer";
  }
  throw std::logic_error("an exit code without a name");
}

}  // namespace muster::agent
