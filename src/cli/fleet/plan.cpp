#include "cli/fleet/plan.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace muster::cli {

namespace json = boost::json;

namespace {

constexpr std::array secret_members = {"primary_key", "secondary_key"};

bool is_secret(std::string_view name) { return std::ranges::find(secret_members, name) != secret_members.end(); }

/// Whether a member says no more than one that is not there.
bool is_empty(const json::value& value) { return value.is_null() || (value.is_string() && value.get_string().empty()); }

/// The paths at which two objects differ. Keys that nobody declares stay as they are.
void compare(const json::object& wanted, const json::object& stored, const std::string& prefix,
             std::vector<std::string>& differing) {
  for (const auto& member : wanted) {
    const std::string name(member.key().data(), member.key().size());
    const json::value* other = stored.if_contains(name);
    if (other != nullptr && *other == member.value()) continue;
    if (other != nullptr && other->is_object() && member.value().is_object())
      compare(member.value().get_object(), other->get_object(), prefix + name + ".", differing);
    else
      differing.push_back(prefix + name);
  }
  for (const auto& member : stored) {
    const std::string name(member.key().data(), member.key().size());
    if (wanted.contains(name) || is_secret(name) || is_empty(member.value())) continue;
    differing.push_back(prefix + name);
  }
}

/// Members on top whose default nobody knows and that no file declares are the service's affair: that a CA is verified
/// must not be said anew of another certificate.
json::object without_undeclared(const json::object& stored, const json::object& wanted) {
  json::object compared;
  for (const auto& member : stored)
    if (wanted.contains(member.key())) compared[member.key()] = member.value();
  return compared;
}

Step step_of(const Section& section, const Declared& declared, const StoredThing* stored,
             const Description& description) {
  const json::object* schema = description.schema_of(section.name);
  Step step;
  step.section = &section;
  step.name = declared.name;
  json::object wanted = description.with_defaults(*declared.body, *schema).as_object();
  if (stored == nullptr) {
    step.act = Act::create;
  } else {
    const json::object now = description.with_defaults(*stored->body, *schema).as_object();
    // Whatever its letters' case is, the name is the same.
    wanted[section.id] = now.at(section.id);
    step.entity_tag = stored->entity_tag;
    compare(wanted, without_undeclared(now, wanted), {}, step.members);
    step.act = step.members.empty() ? Act::keep : Act::change;
  }
  step.body = std::make_shared<const json::object>(std::move(wanted));
  return step;
}

}  // namespace

std::vector<Step> plan_of(const Fleet& declared, const StoredFleet& stored, const Description& description,
                          bool prune) {
  std::vector<Step> plan;
  std::vector<Step> removals;
  static const std::map<std::string, StoredThing> nothing;
  for (const Section& section : fleet_sections()) {
    const auto known = stored.find(section.name);
    const auto& present = known == stored.end() ? nothing : known->second;
    const auto wanted = declared.things.find(section.name);
    if (wanted != declared.things.end())
      for (const auto& [key, thing] : wanted->second) {
        const auto found = present.find(key);
        plan.push_back(step_of(section, thing, found == present.end() ? nullptr : &found->second, description));
      }
    if (!prune || !declared.sections.contains(section.name)) continue;
    for (const auto& [key, thing] : present) {
      if (wanted != declared.things.end() && wanted->second.contains(key)) continue;
      Step removal;
      removal.act = Act::remove;
      removal.section = &section;
      removal.name = thing.name;
      removal.entity_tag = thing.entity_tag;
      removals.push_back(std::move(removal));
    }
  }
  plan.insert(plan.end(), std::make_move_iterator(removals.rbegin()), std::make_move_iterator(removals.rend()));
  return plan;
}

bool is_same(const std::vector<Step>& one, const std::vector<Step>& other) {
  const auto is_same_step = [](const Step& a, const Step& b) {
    const bool same_body = a.body == b.body || (a.body && b.body && *a.body == *b.body);
    return a.act == b.act && a.section == b.section && a.name == b.name && a.entity_tag == b.entity_tag && same_body;
  };
  return std::ranges::equal(one, other, is_same_step);
}

bool has_changes(const std::vector<Step>& plan) {
  return std::ranges::any_of(plan, [](const Step& step) { return step.act != Act::keep; });
}

std::string_view name_of(Act act) {
  switch (act) {
    case Act::create:
      return "create";
    case Act::change:
      return "change";
    case Act::remove:
      return "remove";
    case Act::keep:
      return "keep";
  }
  return {};
}

}  // namespace muster::cli
