// HTTP messages as values. What parses them from a connection and writes them to one is http_connection.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/task.hpp"
#include "net/presented_certificates.hpp"

namespace muster::net {

/// What is known of a connection, whatever is spoken on it. One object per connection, shared by its requests.
struct Peer {
  std::string address;      ///< numeric, without port; the client's own behind a balancer that speaks PROXY protocol v2
  std::string server_name;  ///< SNI as the client sent it, lower case; empty where it sent none
  PresentedCertificates certificates;  ///< empty where the listener did not ask or the client had none
  std::string application_protocol;    ///< as negotiated (RFC 7301); empty where the client offered none that is known
  bool web_socket = false;             ///< whether what is spoken comes out of a WebSocket
};

/// Name and value. Names compare without regard to case (RFC 9110 section 5.1).
using Header = std::pair<std::string, std::string>;

struct HttpRequest {
  std::string method;  ///< upper case, as sent
  std::string path;    ///< percent-decoding is left to whoever cuts it into segments; begins with '/'
  std::string query;   ///< what follows '?', undecoded; may be empty
  std::vector<Header> headers;
  std::string body;
  std::shared_ptr<const Peer> peer;
  std::string request_id;  ///< drawn for each request; stands in the log and in the answer

  /// The first value of that name; nothing where there is none.
  std::optional<std::string_view> header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::vector<Header> headers;  ///< Content-Length, Date and Connection are added by the connection
  std::string body;
  bool close = false;  ///< close the connection after this answer
};

/// What never became a request: too large (413, 431), malformed (400), too slow (408); or one whose handler failed
/// (500).
struct RefusedRequest {
  int status = 400;
  std::string reason;      ///< a sentence for the caller
  std::string path;        ///< as far as it is known; empty where no head was understood
  std::string request_id;  ///< stands in the log and in the answer
};

/// What answers requests. `handle` may be called for many requests at once, each on its connection's thread, and it
/// throws for faults only (the connection then answers 500 without detail).
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual base::Task<HttpResponse> handle(HttpRequest request) = 0;
  /// The answer to what never became a request, in the handler's own protocol.
  virtual HttpResponse refuse(const RefusedRequest& refused) = 0;
};

/// "%2f" to "/"; nothing where a percent sign is not followed by two hexadecimal digits or a zero octet comes out.
std::optional<std::string> percent_decode(std::string_view text);
/// Everything but A-Z a-z 0-9 - . _ ~ as %XX, upper case.
std::string percent_encode(std::string_view text);
/// The decoded value of one query parameter, its name compared without regard to case; nothing where it is absent or
/// malformed.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

}  // namespace muster::net
