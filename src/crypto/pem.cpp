#include "crypto/pem.hpp"

#include "base/secret.hpp"

namespace muster::crypto {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t line_size = 64;

std::string boundary(std::string_view word, std::string_view label) {
  return std::string("-----").append(word).append(" ").append(label).append("-----");
}

}  // namespace

std::string to_pem(std::string_view label, ByteView der) {
  std::string digits = base::to_base64(der);
  std::string text;
  text.reserve(digits.size() + digits.size() / line_size + 2 * label.size() + 64);
  text.append(boundary("BEGIN", label)).append("\n");
  for (std::size_t at = 0; at < digits.size(); at += line_size) text.append(digits, at, line_size).append("\n");
  text.append(boundary("END", label)).append("\n");
  base::wipe(digits);
  return text;
}

Result<std::vector<Bytes>> pem_blocks(std::string_view text, std::string_view label, std::size_t count_max) {
  const std::string begin = boundary("BEGIN", label);
  const std::string end = boundary("END", label);
  std::vector<Bytes> blocks;
  for (std::size_t at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at)) {
    if (blocks.size() == count_max)
      return Error(Errc::too_many_items, "more than " + std::to_string(count_max) + " PEM blocks");
    at += begin.size();
    const std::size_t stop = text.find(end, at);
    if (stop == std::string_view::npos) return Error(Errc::invalid_argument, "a PEM block does not end");
    auto der = base::from_base64_lenient(text.substr(at, stop - at));
    if (!der) return Error(Errc::invalid_argument, "a PEM block is not base64");
    blocks.push_back(std::move(*der));
    at = stop + end.size();
  }
  return blocks;
}

}  // namespace muster::crypto
