// What --explain prints: each step in plain words, with the time it took.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace muster::agent {

/// "12 ms" below a second, "1.3 s" from there on.
std::string to_text(base::Duration duration);

/// Tells a person what happens. Silent where it has no stream. Both stream and clock must outlive it.
class Narrator {
 public:
  /// One step: told when it ends, together with whether an exception ended it.
  class Step {
   public:
    Step(const Narrator& narrator, std::string text);
    ~Step();
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    const Narrator& narrator_;
    std::string text_;
    base::TimePoint started_;
    int exceptions_;
  };

  Narrator(std::ostream* out, const base::Clock& clock) : out_(out), clock_(clock) {}

  /// Keep the result for as long as the step lasts.
  [[nodiscard]] Step step(std::string text) const { return Step(*this, std::move(text)); }
  /// Something worth knowing that takes no time.
  void note(std::string_view text) const;

 private:
  std::ostream* out_;
  const base::Clock& clock_;
};

}  // namespace muster::agent
