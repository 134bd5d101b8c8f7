// What an operator needs to know of a refusal beside what the caller is told. docs/reference/azure-errors.md and
// `muster device why` say the same.
#pragma once

#include <span>

#include "base/error.hpp"

namespace muster::dialect {

struct ErrorAdvice {
  base::Errc code;
  const char* cause;  ///< Markdown, a sentence or two
  const char* cure;   ///< Markdown, what to do
};

/// One for each refusal, in the order of Errc.
std::span<const ErrorAdvice> error_advices();

const ErrorAdvice& advice_of(base::Errc code);

}  // namespace muster::dialect
