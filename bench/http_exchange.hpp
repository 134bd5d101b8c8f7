// One HTTP/1.1 request and its answer, for the load generator.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "tls_client.hpp"

namespace muster::bench {

/// An answer with a Content-Length, as Muster and nginx send them.
struct HttpAnswer {
  int status = 0;
  std::optional<std::chrono::seconds> retry_after = {};
  std::string body;
};

/// Sends `request` as it is and reads the answer. Throws std::runtime_error where the connection ends early or the
/// answer is not one, has no Content-Length or is larger than 64 KiB.
HttpAnswer fetch(TlsConnection& connection, std::string_view request);

}  // namespace muster::bench
