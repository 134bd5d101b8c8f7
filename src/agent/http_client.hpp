// HTTPS as the agent needs it: one request, one answer, everything bounded.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.hpp"

namespace muster::agent {

struct HttpRequest {
  std::string method;         ///< PUT or GET
  std::string path;           ///< with the query; begins with '/'
  std::string authorization;  ///< the header's value; empty: no such header
  std::string body;           ///< JSON; empty: none
  base::Duration timeout{};   ///< for the whole exchange; above zero
};

struct HttpReply {
  int status = 0;
  std::optional<std::chrono::seconds> retry_after;  ///< RFC 9110 section 10.2.3, either form
  std::string body;
};

/// Why there is no answer.
struct TransportProblem {
  std::string message;
  bool retry = false;  ///< whether trying again may help: not for a certificate that is not trusted
};

using HttpResult = std::variant<HttpReply, TransportProblem>;

/// One server, as the protocol sees it.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  virtual HttpResult send(const HttpRequest& request) = 0;
};

struct TlsFiles {
  std::string trusted_certificates;  ///< PEM; the only roots that count. Empty: the system's
  std::string certificate;           ///< PEM, leaf first; empty: the client shows none
  std::string key;                   ///< PEM
};

/// The longest answer that is read; a longer one is a problem without retry.
inline constexpr std::size_t reply_size_max = 64 * 1024;

/// libcurl. The server's certificate and name are always verified, TLS is 1.2 or later, redirects are not followed.
/// Keeps the connection between requests. For one thread.
class CurlTransport final : public HttpTransport {
 public:
  /// `endpoint` is "https://host" or "https://host:port". Throws Failure (usage) for anything else.
  CurlTransport(std::string endpoint, const TlsFiles& files);
  ~CurlTransport() override;

  HttpResult send(const HttpRequest& request) override;

 private:
  class Handle;
  std::string endpoint_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace muster::agent
