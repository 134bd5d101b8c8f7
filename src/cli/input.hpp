// What a command takes from files.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace muster::cli {

/// Octets that one input file may have.
inline constexpr std::size_t input_size_max = 8U * 1024 * 1024;

/// A file's octets; "-" is the standard input. Throws Failure (input).
std::string read_file(const std::string& name);

/// Base64 of octets that are given as a file (its octets, or base64 in it), as "@FILE", or as base64 itself. `what`
/// names them in a Failure. Line ends are dropped.
std::string base64_of(const std::string& value_or_file, std::string_view what);

/// A certificate file for JSON: PEM as it is, anything else as base64.
std::string certificate_text(const std::string& file);

/// The JSON in a file. Throws Failure (input). Include <boost/json/value.hpp> to use it.
boost::json::value json_of(const std::string& file);

/// The token out of `token_file` or, where that is empty, of the variable MUSTER_TOKEN.
base::Secret read_token(const std::string& token_file);

}  // namespace muster::cli
