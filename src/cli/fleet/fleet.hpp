// What a fleet's files declare: hubs, groups, enrollments and what they stand on.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/fleet/description.hpp"
#include "cli/fleet/yaml.hpp"

namespace muster::cli {

/// One kind of thing.
struct Section {
  std::string_view name;  ///< in a file; also the path below /muster/v1/
  std::string_view noun;
  std::string_view id;  ///< the member that names a thing
};

/// In the order in which things are made: later ones refer to earlier ones.
std::span<const Section> fleet_sections();
/// nullptr where there is none of this name.
const Section* find_section(std::string_view name);

/// The name by which a thing is looked up; names compare without regard to case.
std::string key_of(std::string_view name);

/// A file's text, read already.
struct FleetFile {
  std::string name;  ///< "-" is the standard input
  std::vector<YamlNode> documents;
};

struct Declared {
  std::string name;
  std::shared_ptr<const boost::json::object> body;  ///< in the words of the API, in canonical form
};

/// Things by section and key, and the sections that were named, also those that are empty.
struct Fleet {
  std::map<std::string, std::map<std::string, Declared>, std::less<>> things;
  std::set<std::string, std::less<>> sections;
};

/// Reads a file that another one refers to; throws Failure.
using FileReader = std::function<std::string(const std::string& path)>;

/// Puts the files together. `{file: PATH}`, relative to the file that says it, stands for a certificate, a key or a
/// list of hashes. Throws Failure (input) that names file, line and member: for a section that does not exist or that
/// the service does not have, a thing without a name or declared twice, whatever `Description::check` refuses, and a
/// certificate or a key that cannot be read.
Fleet read_fleet(std::vector<FleetFile> files, const Description& description, const FileReader& read);

/// Certificates as PEM, one each; keys as base64 and hashes as hexadecimal digits as the service writes them; hubs'
/// names in lower case. Throws Failure (input) for what is none of that.
void make_canonical(boost::json::object& body);

}  // namespace muster::cli
