// `muster apply` and `muster export`: what a tenant has, as files.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/commands.hpp"

namespace muster::cli {

/// Asks a question that is answered with yes or no.
using Confirm = std::function<bool(const std::string& question)>;

struct ApplyOptions {
  std::vector<std::string> files = {};  ///< "-" is the standard input
  bool yes = false;                     ///< does not ask
  bool dry_run = false;                 ///< shows the plan and does nothing
  bool prune = false;                   ///< removes what is not declared, from the sections that the files name
};

/// Shows what must be done, asks, and does it. What is there already is left alone, so that a second run does nothing.
/// Each step is done only if the thing is still as the plan saw it. Throws Failure; `refused` in the middle says in its
/// line what was not done, and what was done is printed.
void apply(Session& session, const ApplyOptions& options, const Confirm& confirm);

struct ExportOptions {
  bool with_keys = false;  ///< symmetric keys, too
};

/// Prints everything that `apply` takes: YAML, or JSON where the output is JSON.
void export_fleet(Session& session, const ExportOptions& options);

/// Asks whoever sits at the terminal; throws Failure (usage) where nobody does.
bool ask_at_terminal(const std::string& question);

}  // namespace muster::cli
