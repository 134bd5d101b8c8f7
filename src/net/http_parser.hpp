// HTTP/1.1 requests out of octets (RFC 9112). No socket, no clock.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.hpp"
#include "net/http.hpp"

namespace muster::net {

struct HttpLimits {
  std::size_t head_size_max = 16 * 1024;  ///< request line and header fields with their line ends
  std::size_t headers_max = 100;
  std::size_t body_size_max = 64 * 1024;
};

/// Why octets are not a request, and what the client is told. After it the stream is out of step and must be closed.
struct HttpRefusal {
  int status = 400;
  const char* reason = "";
};

/// Cuts the octets of one connection into requests; holds what was received and not yet used (pipelining). Chunked
/// bodies come out whole; trailer fields are dropped. Nothing is stored beyond the limits.
class HttpParser {
 public:
  enum class Progress {
    need_more,  ///< read more and parse again
    complete,   ///< `take` the request
    refused,    ///< see `refusal`; there is no way on
  };

  explicit HttpParser(HttpLimits limits = {});
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;
  ~HttpParser();

  /// Room to receive into, never empty; valid until the next call.
  std::span<std::uint8_t> prepare();
  /// Says how many octets were put there.
  void commit(std::size_t size);

  /// Goes as far as the octets received allow.
  Progress parse();

  /// The request after `complete`; method, path, query, headers and body are set. The parser is then at the next one.
  HttpRequest take();
  /// Octets that came behind the request taken last, for whoever goes on in another protocol. Leaves none here.
  base::Bytes take_unread();
  /// Whether the request taken last lets the connection go on (RFC 9112 section 9.3). HTTP/1.0 never does.
  bool keep_alive() const;
  const HttpRefusal& refusal() const;
  /// The path of the request that is being read, or of the one refused; empty before its head was understood.
  const std::string& path() const;

  /// Whether octets of a request have come that is not complete.
  bool in_request() const;
  /// Whether the client waits for "100 Continue" before it sends the body (RFC 9110 section 10.1.1). True once per
  /// request.
  bool take_expectation();

 private:
  class Message;
  std::unique_ptr<Message> message_;
};

}  // namespace muster::net
