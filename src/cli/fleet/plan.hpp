// What must be done so that a service has what is declared: a pure function of both.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/fleet/fleet.hpp"

namespace muster::cli {

/// A thing as the service shows it; symmetric keys stand in its attestation where they were asked for.
struct StoredThing {
  std::string name;
  std::shared_ptr<const boost::json::object> body;
  std::string entity_tag;
};
using StoredFleet = std::map<std::string, std::map<std::string, StoredThing>, std::less<>>;

enum class Act { create, change, remove, keep };

struct Step {
  Act act = Act::keep;
  const Section* section = nullptr;
  std::string name;
  std::vector<std::string> members;                      ///< which differ, "attestation.primary_key"; of a change only
  std::shared_ptr<const boost::json::object> body = {};  ///< what is sent; none with a removal
  std::string entity_tag;                                ///< of the version that the step was decided upon
};

/// In the order in which they are done: what is made and changed in the order of the sections, then what is removed in
/// the opposite one. A member that is not declared has its default; one whose default the service does not tell is
/// left to it, and so is a symmetric key. With `prune`, whatever the service has besides is removed from the sections
/// that the files name.
std::vector<Step> plan_of(const Fleet& declared, const StoredFleet& stored, const Description& description, bool prune);

/// Whether two plans do the same to the same versions.
bool is_same(const std::vector<Step>& one, const std::vector<Step>& other);

/// Whether a plan changes anything.
bool has_changes(const std::vector<Step>& plan);

/// "create", "change", "remove" or "keep".
std::string_view name_of(Act act);

}  // namespace muster::cli
