// The command line of muster-agent.
#pragma once

namespace muster::agent {

/// Runs one command and returns its exit status, an ExitCode. Results go to standard output, explanations and
/// problems to standard error. Call it once, from main.
int run(int argc, char** argv);

}  // namespace muster::agent
