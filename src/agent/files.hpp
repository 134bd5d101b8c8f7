// The agent's files. Every problem is a Failure (configuration) that names the file.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace muster::agent {

/// The longest file that the agent reads: certificates and payloads are far below.
inline constexpr std::size_t file_size_max = 64 * 1024;

std::string read_file(const std::string& path);

/// A key as base64, white space and line ends allowed; 1 to 64 octets.
base::Secret read_key_file(const std::string& path);
/// The same from a text; `origin` names it in the refusal.
base::Secret read_key_text(std::string_view text, const std::string& origin);

/// Writes the whole file or none of it, with mode 0600, over a former one of that name.
void write_private_file(const std::string& path, std::string_view content);

}  // namespace muster::agent
