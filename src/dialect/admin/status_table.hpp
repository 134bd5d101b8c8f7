// The HTTP status that the admin API gives each refusal.
#pragma once

#include "base/error.hpp"

namespace muster::dialect::admin {

/// 400 to 503. Every code has one; internal_error is 500.
int http_status(base::Errc code);

}  // namespace muster::dialect::admin
