#include "cli/fleet/fleet.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <optional>
#include <sstream>

#include "base/bytes.hpp"
#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "crypto/certificate.hpp"
#include "crypto/pem.hpp"

namespace muster::cli {

namespace json = boost::json;

namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t certificates_max = 256;
constexpr std::size_t shown_size_max = 64;

constexpr std::array sections = {
    Section{"cas", "CA certificate", "name"},
    Section{"credential_policies", "credential policy", "name"},
    Section{"hubs", "hub", "name"},
    Section{"groups", "group", "id"},
    Section{"enrollments", "enrollment", "registration_id"},
};

/// Members whose text can be written in several ways, and stand in files often.
enum class Form { certificate, certificates, base64, hexadecimals };
struct FormOf {
  std::string_view member;
  Form form;
};
constexpr std::array forms = {
    FormOf{"certificate", Form::certificate},
    FormOf{"primary_certificate", Form::certificate},
    FormOf{"secondary_certificate", Form::certificate},
    FormOf{"roots", Form::certificates},
    FormOf{"intermediates", Form::certificates},
    FormOf{"endorsement_key", Form::base64},
    FormOf{"storage_root_key", Form::base64},
    FormOf{"primary_key", Form::base64},
    FormOf{"secondary_key", Form::base64},
    FormOf{"allowed_keys", Form::hexadecimals},
};

std::optional<Form> form_of(std::string_view member) {
  const auto found = std::ranges::find(forms, member, &FormOf::member);
  return found == forms.end() ? std::nullopt : std::optional(found->form);
}

std::string text_of(const json::value& value) {
  const json::string* text = value.if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

[[noreturn]] void refuse(const std::string& file, int line, const std::string& reason) {
  throw Failure(ExitCode::input, file + ":" + std::to_string(line) + ": " + printable(reason));
}

[[noreturn]] void refuse_member(std::string_view member, const std::string& reason) {
  throw Failure(ExitCode::input, std::string(member) + ": " + reason);
}

std::string pem_of(std::string_view member, const std::string& text) {
  const auto certificate = crypto::Certificate::from_text(text);
  if (!certificate) refuse_member(member, certificate.error().detail());
  return certificate->pem();
}

json::array pems_of(std::string_view member, const json::array& texts) {
  json::array pems;
  for (const json::value& item : texts) {
    const std::string text = text_of(item);
    if (text.find("-----BEGIN") == std::string::npos) {
      pems.emplace_back(pem_of(member, text));
      continue;
    }
    const auto certificates = crypto::certificates_from_pem(text, certificates_max);
    if (!certificates) refuse_member(member, certificates.error().detail());
    for (const auto& certificate : *certificates) pems.emplace_back(certificate.pem());
  }
  return pems;
}

void make_canonical_member(std::string_view name, json::value& value) {
  const auto form = form_of(name);
  if (!form || value.is_null()) return;
  if (*form == Form::certificates && value.is_array()) {
    value = pems_of(name, value.get_array());
  } else if (*form == Form::hexadecimals && value.is_array()) {
    for (json::value& item : value.get_array()) item = base::to_lower(text_of(item));
  } else if (*form == Form::certificate && value.is_string()) {
    value = pem_of(name, text_of(value));
  } else if (*form == Form::base64 && value.is_string()) {
    const auto octets = base::from_base64_lenient(text_of(value));
    if (!octets) refuse_member(name, "is not base64");
    value = base::to_base64(*octets);
  }
}

/// A file's content as the member that refers to it needs it.
YamlNode content_of(Form form, int line, const std::string& content) {
  YamlNode node;
  node.line = line;
  const bool is_text =
      content.find("-----BEGIN") != std::string::npos || base::from_base64_lenient(content).has_value();
  if (form != Form::hexadecimals) {
    node.scalar = is_text ? content : base::to_base64(base::view(content));
    return node;
  }
  node.kind = Kind::sequence;
  std::istringstream stream(content);
  for (std::string text; std::getline(stream, text);) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
    if (text.empty() || text.front() == '#') continue;
    YamlNode item;
    item.line = line;
    item.scalar = text;
    node.items.push_back(std::move(item));
  }
  return node;
}

/// Puts the files together, one thing after the other.
class Reader {
 public:
  Reader(const Description& description, const FileReader& read) : description_(description), read_(read) {}

  void add(FleetFile file) {
    file_ = file.name;
    for (YamlNode& document : file.documents) add_document(document);
  }

  Fleet take() { return std::move(fleet_); }

 private:
  void add_document(YamlNode& document) {
    if (document.is_null()) return;
    if (document.kind != Kind::mapping) refuse(file_, document.line, "a document must be a mapping of " + names());
    for (auto& [name, list] : document.members) {
      const Section* section = find_section(name);
      if (section == nullptr)
        refuse(file_, list.line, "'" + name.substr(0, shown_size_max) + "' is not known; there are " + names());
      const json::object* schema = description_.schema_of(section->name);
      if (schema == nullptr) refuse(file_, list.line, "this service does not have '" + name + "'");
      fleet_.sections.emplace(section->name);
      if (list.is_null()) continue;
      if (list.kind != Kind::sequence) refuse(file_, list.line, "'" + name + "' is not a list");
      for (YamlNode& thing : list.items) add_thing(*section, *schema, thing);
    }
  }

  void add_thing(const Section& section, const json::object& schema, YamlNode& thing) {
    const std::string kind(section.noun);
    if (thing.kind != Kind::mapping) refuse(file_, thing.line, kind + ": is not a mapping of names to values");
    const YamlNode* id = thing.find(section.id);
    if (id == nullptr) refuse(file_, thing.line, kind + ": '" + std::string(section.id) + "' is missing");
    if (id->text() == nullptr || id->text()->empty())
      refuse(file_, id->line, kind + ": '" + std::string(section.id) + "' is not a text: put it into quotation marks");
    const std::string name = *id->text();
    const std::string where = kind + " '" + name + "'";

    read_files(thing);
    for (auto& [member, value] : thing.members)
      if (member == "attestation") read_files(value);
    description_.check(thing, schema, file_, where);

    const auto [place, is_new] = places_.try_emplace({std::string(section.name), key_of(name)}, place_of(thing.line));
    if (!is_new) refuse(file_, thing.line, where + ": is declared already, at " + place->second);
    json::object body = to_json(thing).as_object();
    try {
      make_canonical(body);
    } catch (const Failure& wrong) {
      refuse(file_, thing.line, where + ": " + wrong.what());
    }
    fleet_.things[std::string(section.name)].emplace(
        key_of(name), Declared{name, std::make_shared<const json::object>(std::move(body))});
  }

  /// Puts the content of files in the place of {file: PATH}.
  void read_files(YamlNode& mapping) {
    for (auto& [name, value] : mapping.members) {
      const auto form = form_of(name);
      if (!form) continue;
      read_file(*form, value);
      for (YamlNode& item : value.items) read_file(*form, item);
    }
  }

  void read_file(Form form, YamlNode& node) {
    const YamlNode* path = node.kind == Kind::mapping && node.members.size() == 1 ? node.find("file") : nullptr;
    if (path == nullptr) return;
    if (path->text() == nullptr) refuse(file_, path->line, "'file' is not a text");
    const std::filesystem::path named(*path->text());
    try {
      node = content_of(form, path->line, read_((std::filesystem::path(file_).parent_path() / named).string()));
    } catch (const Failure& wrong) {
      refuse(file_, path->line, wrong.what());
    }
  }

  static std::string names() {
    std::string all;
    for (const Section& section : sections) all += (all.empty() ? "" : ", ") + std::string(section.name);
    return all;
  }

  std::string place_of(int line) const { return file_ + ":" + std::to_string(line); }

  const Description& description_;
  const FileReader& read_;
  std::string file_;
  Fleet fleet_;
  std::map<std::pair<std::string, std::string>, std::string> places_;
};

}  // namespace

std::span<const Section> fleet_sections() { return sections; }

const Section* find_section(std::string_view name) {
  const auto found = std::ranges::find(sections, name, &Section::name);
  return found == sections.end() ? nullptr : &*found;
}

std::string key_of(std::string_view name) { return base::to_lower(name); }

void make_canonical(json::object& body) {
  for (auto& member : body) make_canonical_member(member.key(), member.value());
  if (json::value* hubs = body.if_contains("hubs"); hubs != nullptr && hubs->is_array())
    for (json::value& hub : hubs->get_array()) hub = base::to_lower(text_of(hub));
  if (json::value* attestation = body.if_contains("attestation"); attestation != nullptr && attestation->is_object())
    for (auto& member : attestation->get_object()) make_canonical_member(member.key(), member.value());
}

Fleet read_fleet(std::vector<FleetFile> files, const Description& description, const FileReader& read) {
  Reader reader(description, read);
  for (FleetFile& file : files) reader.add(std::move(file));
  return reader.take();
}

}  // namespace muster::cli
