// A fleet's file, as `muster apply` reads it. What it reads it can also write, and reads the same out of that.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/bytes.hpp"
#include "cli/failure.hpp"
#include "cli/fleet/fleet.hpp"
#include "cli/fleet/yaml_writer.hpp"
#include "source_directory.hpp"

namespace {

using namespace muster::cli;

const Description& description() {
  static const Description made = [] {
    std::ifstream stream(MUSTER_SOURCE_DIR "/docs/reference/openapi.json");
    return Description(boost::json::parse(std::string(std::istreambuf_iterator<char>(stream), {})).as_object());
  }();
  return made;
}

void check_round_trip(const YamlNode& document) {
  const boost::json::value value = to_json(document);
  if (!value.is_object()) return;
  const auto again = parse_yaml(to_yaml(value.get_object()));
  if (!again || again->size() != 1 || to_json(again->front()) != value) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto documents = parse_yaml(muster::base::text_view({data, size}));
  if (!documents) return 0;
  for (const auto& document : *documents) check_round_trip(document);
  std::vector<FleetFile> files;
  files.push_back({"fleet.yaml", *std::move(documents)});
  const auto no_file = [](const std::string& path) -> std::string { throw Failure(ExitCode::input, "no " + path); };
  try {
    read_fleet(std::move(files), description(), no_file);
  } catch (const Failure&) {
  }
  return 0;
}
