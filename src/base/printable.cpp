#include "base/printable.hpp"

#include "base/bytes.hpp"

namespace muster::base {

std::string printable(std::string_view text, std::size_t size_max) {
  constexpr std::string_view more = "...";
  std::string shown;
  for (const char c : text) {
    const bool is_plain = c >= 0x20 && c < 0x7f && c != '\\';
    const std::string piece = is_plain ? std::string(1, c) : "\\x" + to_hex(view(std::string_view(&c, 1)));
    if (shown.size() + piece.size() + more.size() > size_max) return shown.append(more);
    shown += piece;
  }
  return shown;
}

}  // namespace muster::base
