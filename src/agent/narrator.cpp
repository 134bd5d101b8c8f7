#include "agent/narrator.hpp"

#include <cstdint>
#include <exception>

namespace muster::agent {

std::string to_text(base::Duration duration) {
  const std::int64_t milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  if (milliseconds < 1000) return std::to_string(milliseconds) + " ms";
  return std::to_string(milliseconds / 1000) + "." + std::to_string(milliseconds % 1000 / 100) + " s";
}

Narrator::Step::Step(const Narrator& narrator, std::string text)
    : narrator_(narrator),
      text_(std::move(text)),
      started_(narrator.clock_.now()),
      exceptions_(std::uncaught_exceptions()) {}

Narrator::Step::~Step() {
  const bool failed = std::uncaught_exceptions() > exceptions_;
  const std::string duration = to_text(narrator_.clock_.now() - started_);
  narrator_.note(text_ + (failed ? ": failed after " : " (") + duration + (failed ? "." : ")"));
}

void Narrator::note(std::string_view text) const {
  if (out_ != nullptr) *out_ << "  - " << text << std::endl;
}

}  // namespace muster::agent
