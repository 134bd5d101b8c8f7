#include "cli/input.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/bytes.hpp"
#include "cli/failure.hpp"

namespace muster::cli {
namespace {

std::string read_stream(std::istream& stream, const std::string& name) {
  std::string text;
  char piece[16 * 1024];
  while (stream.read(piece, sizeof piece) || stream.gcount() > 0) {
    text.append(piece, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > input_size_max) throw Failure(ExitCode::input, name + " is larger than 8 MiB");
  }
  return text;
}

bool is_file(const std::string& name) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(name, ignored);
}

std::string without_white_space(std::string_view text) {
  std::string kept;
  std::ranges::copy_if(text, std::back_inserter(kept),
                       [](char c) { return c != ' ' && c != '\n' && c != '\r' && c != '\t'; });
  return kept;
}

}  // namespace

std::string read_file(const std::string& name) {
  if (name == "-") return read_stream(std::cin, "the standard input");
  if (!is_file(name)) throw Failure(ExitCode::input, "there is no file " + name);
  std::ifstream stream(name, std::ios::binary);
  if (!stream) throw Failure(ExitCode::input, "cannot read " + name);
  return read_stream(stream, name);
}

std::string base64_of(const std::string& value_or_file, std::string_view what) {
  const bool marked = value_or_file.starts_with('@');
  const bool from_file = marked || value_or_file == "-" || is_file(value_or_file);
  const std::string content = from_file ? read_file(marked ? value_or_file.substr(1) : value_or_file) : value_or_file;
  if (content.empty()) throw Failure(ExitCode::input, std::string(what) + " is empty");
  if (base::from_base64_lenient(content)) return without_white_space(content);
  if (!from_file) throw Failure(ExitCode::input, std::string(what) + " is neither a file nor base64");
  return base::to_base64(base::view(content));
}

std::string certificate_text(const std::string& file) {
  std::string content = read_file(file);
  if (content.find("-----BEGIN") != std::string::npos) return content;
  if (base::from_base64_lenient(content)) return without_white_space(content);
  return base::to_base64(base::view(content));
}

boost::json::value json_of(const std::string& file) {
  boost::system::error_code wrong;
  boost::json::value value = boost::json::parse(read_file(file), wrong);
  if (wrong) throw Failure(ExitCode::input, file + " is not JSON: " + wrong.message());
  return value;
}

base::Secret read_token(const std::string& token_file) {
  std::string text;
  if (!token_file.empty()) {
    text = read_file(token_file);
  } else if (const char* variable = std::getenv("MUSTER_TOKEN")) {
    text = variable;
  }
  std::string token = without_white_space(text);
  base::wipe(text);
  if (token.empty()) throw Failure(ExitCode::input, "no token: set MUSTER_TOKEN or give --token-file");
  base::Secret secret(base::to_bytes(token));
  base::wipe(token);
  return secret;
}

}  // namespace muster::cli
