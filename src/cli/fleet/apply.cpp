#include "cli/fleet/apply.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <iostream>

#include "cli/failure.hpp"
#include "cli/fleet/fleet.hpp"
#include "cli/fleet/plan.hpp"
#include "cli/fleet/yaml_writer.hpp"
#include "cli/input.hpp"

namespace muster::cli {

namespace json = boost::json;

namespace {

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

const json::object* attestation_of(const json::object& body) {
  const json::value* attestation = body.if_contains("attestation");
  return attestation == nullptr ? nullptr : attestation->if_object();
}

bool declares_keys(const Declared& declared) {
  const json::object* attestation = attestation_of(*declared.body);
  return attestation != nullptr && (attestation->contains("primary_key") || attestation->contains("secondary_key"));
}

bool attests_by_symmetric_key(const json::object& body) {
  const json::object* attestation = attestation_of(body);
  return attestation != nullptr && text_of(*attestation, "type") == "symmetric_key";
}

void add_keys(Api& api, const Section& section, json::object& body) {
  const json::object keys = api.get(path_of(section.name, text_of(body, section.id), "/keys"));
  json::object& attestation = body.at("attestation").as_object();
  for (const auto& key : keys) attestation[key.key()] = key.value();
}

FleetFile read(const std::string& name) {
  auto documents = parse_yaml(read_file(name));
  if (!documents) {
    constexpr std::string_view line = "line ";
    throw Failure(ExitCode::input, name + ":" + documents.error().detail().substr(line.size()));
  }
  return {.name = name, .documents = *std::move(documents)};
}

StoredFleet stored_by(Api& api, const Fleet& fleet) {
  StoredFleet stored;
  for (const Section& section : fleet_sections()) {
    if (!fleet.sections.contains(section.name)) continue;
    auto& things = stored[std::string(section.name)];
    const auto declared = fleet.things.find(section.name);
    for (const json::value& item : api.list(std::string(section.name), {}, std::nullopt)) {
      json::object body = item.as_object();
      StoredThing thing;
      thing.name = text_of(body, section.id);
      thing.entity_tag = text_of(body, "entity_tag");
      make_canonical(body);
      std::string key = key_of(thing.name);
      if (declared != fleet.things.end() && attests_by_symmetric_key(body)) {
        const auto wanted = declared->second.find(key);
        if (wanted != declared->second.end() && declares_keys(wanted->second)) add_keys(api, section, body);
      }
      thing.body = std::make_shared<const json::object>(std::move(body));
      things.emplace(std::move(key), std::move(thing));
    }
  }
  return stored;
}

std::string title_of(const Step& step) { return std::string(step.section->noun) + " " + step.name; }

std::string line_of(const Step& step) {
  constexpr std::string_view signs = "+~-=";
  std::string line = std::string(1, signs[static_cast<std::size_t>(step.act)]) + " " + std::string(name_of(step.act)) +
                     " " + title_of(step);
  for (std::size_t i = 0; i < step.members.size(); ++i) line += (i == 0 ? ": " : ", ") + step.members[i];
  return printable(line);
}

std::size_t change_count(const std::vector<Step>& plan) {
  return static_cast<std::size_t>(std::ranges::count_if(plan, [](const Step& step) { return step.act != Act::keep; }));
}

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

void show(Output& output, const std::vector<Step>& plan) {
  for (const Step& step : plan)
    if (step.act != Act::keep) output.sentence(line_of(step));
  output.sentence(counted(plan.size() - change_count(plan), "thing") + " unchanged.");
}

/// The plan for scripts, and how much of it was done.
json::object to_json(const std::vector<Step>& plan, std::size_t done) {
  json::array steps;
  for (const Step& step : plan) {
    json::object object;
    object["action"] = name_of(step.act);
    object["kind"] = step.section->noun;
    object["name"] = step.name;
    object["members"] = json::array(step.members.begin(), step.members.end());
    const bool is_change = step.act != Act::keep;
    object["done"] = is_change && done > 0;
    if (is_change && done > 0) --done;
    steps.emplace_back(std::move(object));
  }
  return {{"plan", std::move(steps)}};
}

void do_step(Api& api, const Step& step) {
  const std::string path = path_of(step.section->name, step.name);
  const std::string only_this = "If-Match: \"" + step.entity_tag + "\"";
  switch (step.act) {
    case Act::create:
      api.put(path, *step.body, "If-None-Match: *");
      break;
    case Act::change:
      api.put(path, *step.body, only_this);
      break;
    case Act::remove:
      api.remove(path, {}, only_this);
      break;
    case Act::keep:
      break;
  }
}

/// Does the steps in their order; the first refusal ends it.
void carry_out(Session& session, const std::vector<Step>& plan) {
  const std::size_t all = change_count(plan);
  std::size_t done = 0;
  for (const Step& step : plan) {
    if (step.act == Act::keep) continue;
    try {
      do_step(session.api, step);
    } catch (const Failure& failure) {
      if (session.output.is_json()) session.output.object(to_json(plan, done));
      throw Failure(failure.code(), std::to_string(done) + " of " + counted(all, "change") + " done; at " +
                                        title_of(step) + ": " + failure.what() +
                                        (done + 1 == all ? "" : "; what follows in the plan was not tried"));
    }
    ++done;
    session.output.sentence("Done: " + line_of(step));
  }
  if (session.output.is_json()) session.output.object(to_json(plan, done));
  session.output.sentence(counted(done, "change") + " made.");
}

/// A thing as it is exported: its name first, without what only answers have and what is the default anyway.
json::object exported(const Section& section, const json::object& body, const json::object& schema,
                      const Description& description) {
  json::object nothing;
  if (const json::value* attestation = body.if_contains("attestation"); attestation != nullptr) {
    // With the kind alone, so that the kind's own defaults are known.
    const json::object& given = attestation->as_object();
    nothing["attestation"] = json::object{{"type", given.at("type")}};
  }
  const json::object complete = description.with_defaults(body, schema).as_object();
  const json::object defaults = description.with_defaults(nothing, schema).as_object();
  json::object shown;
  shown[section.id] = body.at(section.id);
  for (const auto& member : complete) {
    if (member.key() == section.id) continue;
    const json::value* otherwise = defaults.if_contains(member.key());
    const bool is_default = otherwise != nullptr && *otherwise == member.value();
    if (!is_default || member.key() == "attestation") shown[member.key()] = member.value();
  }
  return shown;
}

}  // namespace

bool ask_at_terminal(const std::string& question) {
  if (::isatty(STDIN_FILENO) == 0)
    throw Failure(ExitCode::usage, "there is no terminal to ask at: look at the plan with --dry-run, then give --yes");
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

void apply(Session& session, const ApplyOptions& options, const Confirm& confirm) {
  std::vector<FleetFile> files;
  for (const auto& name : options.files) files.push_back(read(name));
  const Description description(session.api.get("openapi.json"));
  const Fleet fleet = read_fleet(std::move(files), description, read_file);
  const auto make_plan = [&] { return plan_of(fleet, stored_by(session.api, fleet), description, options.prune); };

  const std::vector<Step> plan = make_plan();
  show(session.output, plan);
  if (options.dry_run || !has_changes(plan)) {
    if (session.output.is_json()) session.output.object(to_json(plan, 0));
    if (!has_changes(plan)) session.output.sentence("Nothing to do.");
    return;
  }
  if (!options.yes) {
    if (!confirm("Make these " + counted(change_count(plan), "change") + "?"))
      throw Failure(ExitCode::usage, "nothing was changed");
    // Whoever was asked took time, and agreed to this plan only.
    if (!is_same(make_plan(), plan))
      throw Failure(ExitCode::refused,
                    "somebody changed things meanwhile and nothing was done: look at the plan again");
  }
  carry_out(session, plan);
}

void export_fleet(Session& session, const ExportOptions& options) {
  const Description description(session.api.get("openapi.json"));
  json::object fleet;
  for (const Section& section : fleet_sections()) {
    const json::object* schema = description.schema_of(section.name);
    if (schema == nullptr) continue;
    json::array things;
    for (const json::value& item : session.api.list(std::string(section.name), {}, std::nullopt)) {
      json::object body = item.as_object();
      if (options.with_keys && attests_by_symmetric_key(body)) add_keys(session.api, section, body);
      things.emplace_back(exported(section, body, *schema, description));
    }
    fleet[section.name] = std::move(things);
  }
  if (session.output.is_json())
    session.output.object(fleet);
  else
    session.output.text(to_yaml(fleet));
}

}  // namespace muster::cli
