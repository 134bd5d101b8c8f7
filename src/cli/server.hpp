// The service, as the command line sees it: requests go out, replies come back.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace muster::cli {

struct Reply {
  long status = 0;
  std::string body;
};

/// Where requests go. Tests put their own one in its place.
class Server {
 public:
  virtual ~Server() = default;
  /// `target` is path and query, beginning with '/'; `headers` are whole lines. Throws Failure where there is no reply.
  virtual Reply send(std::string_view method, const std::string& target, const std::string& body,
                     const std::vector<std::string>& headers) = 0;
};

/// How to reach the service.
struct ConnectionOptions {
  std::string url;
  std::string ca_file;  ///< PEM; empty: the system's certificate authorities
  base::Secret token;
};

inline constexpr const char* default_url = "https://localhost:8443";

/// Over HTTPS. The server's certificate is always verified. Throws Failure for a URL that is not https.
std::unique_ptr<Server> connect(ConnectionOptions options);

}  // namespace muster::cli
