// The description of the admin API, as it stands in docs/reference/openapi.json.
#pragma once

#include <string_view>

namespace muster::dialect::admin {

/// OpenAPI 3.0 in JSON. Compiled in from the file, so that what is served is what is documented.
extern const std::string_view openapi_document;

}  // namespace muster::dialect::admin
