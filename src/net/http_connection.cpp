#include "net/http_connection.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "base/http_date.hpp"
#include "base/id.hpp"
#include "net/linger.hpp"
#include "net/prefixed_stream.hpp"
#include "net/web_socket_handshake.hpp"

namespace muster::net {
namespace {

constexpr std::string_view continue_answer = "HTTP/1.1 100 Continue\r\n\r\n";

/// A date for each second, made once on each thread.
const std::string& http_date(base::TimePoint now) {
  struct Made {
    std::int64_t second = -1;
    std::string text;
  };
  thread_local Made made;
  const auto second = base::to_unix_seconds(now);
  if (second != made.second) made = Made{second, base::to_http_date(now)};
  return made.text;
}

/// A line end inside a header would let whoever chose its text write headers, or answers, of their own.
bool fits_on_its_line(const Header& header) {
  constexpr std::string_view breaks("\r\n\0", 3);
  return !header.first.empty() && header.first.find_first_of(breaks) == std::string::npos &&
         header.second.find_first_of(breaks) == std::string::npos;
}

bool is_well_formed(const HttpResponse& response) {
  for (const auto& header : response.headers)
    if (!fits_on_its_line(header)) return false;
  return response.status >= 200 && response.status <= 599;
}

// RFC 9110 sections 15.3.5 and 15.4.5.
bool has_no_content(int status) { return status == 204 || status == 304; }

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

struct Framing {
  bool head_request = false;
  bool close = false;
};

/// Head and body as one text, so that they leave in one write.
void serialize(std::string& out, const HttpResponse& response, Framing framing, const std::string& date) {
  namespace http = boost::beast::http;
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
  const bool with_body = !framing.head_request && !has_no_content(response.status);
  out.clear();
  out.reserve(256 + (with_body ? response.body.size() : 0));
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason.data(), reason.size()).append("\r\n");
  for (const auto& [name, value] : response.headers) append_header(out, name, value);
  append_header(out, "Date", date);
  if (!has_no_content(response.status)) append_header(out, "Content-Length", std::to_string(response.body.size()));
  if (framing.close) append_header(out, "Connection", "close");
  out.append("\r\n");
  if (with_body) out.append(response.body);
}

std::vector<std::string_view> names_of(const std::vector<WebSocketProtocol>& protocols) {
  std::vector<std::string_view> names;
  for (const auto& protocol : protocols) names.push_back(protocol.name);
  return names;
}

const ConnectionHandler& handler_of(const std::vector<WebSocketProtocol>& protocols, std::string_view name) {
  const auto found = std::find_if(protocols.begin(), protocols.end(),
                                  [name](const WebSocketProtocol& protocol) { return protocol.name == name; });
  if (found == protocols.end()) throw std::logic_error("a WebSocket protocol without a handler");
  return found->handler;
}

}  // namespace

/// What is told to a client before its connection is closed.
struct HttpServer::Refusal {
  int status = 400;
  std::string reason;
  std::string path;
  std::vector<Header> headers;
};

/// What the connection goes on with after a WebSocket's handshake.
struct HttpServer::Upgrade {
  const ConnectionHandler* handler = nullptr;
  base::Bytes unread;
};

HttpServer::HttpServer(HttpHandler& handler, Log& log, base::Random& random, base::Clock& clock, HttpSettings settings,
                       std::vector<WebSocketProtocol> web_socket_protocols)
    : handler_(handler),
      log_(log),
      random_(random),
      clock_(clock),
      settings_(settings),
      web_socket_protocols_(std::move(web_socket_protocols)) {}

base::Task<void> HttpServer::serve(ByteStreamPtr stream) {
  // What HTTP needed is gone while the WebSocket, which may stay for days, is served.
  std::optional<Upgrade> upgrade = co_await serve_requests(*stream);
  if (!upgrade) {
    stream->close();
    co_return;
  }
  if (!upgrade->unread.empty())
    stream = std::make_unique<PrefixedStream>(std::move(upgrade->unread), std::move(stream));
  co_await serve_web_socket(std::move(stream), settings_.web_socket_limits, *upgrade->handler);
}

base::Task<std::optional<HttpServer::Upgrade>> HttpServer::serve_requests(ByteStream& stream) {
  HttpParser parser(settings_.limits);
  std::optional<Refusal> refusal;
  std::string out;

  for (bool open = true; open && !refusal;) {
    stream.set_idle(true);
    stream.expires_after(settings_.idle_time);
    bool in_request = false;
    auto progress = parser.parse();
    while (progress == HttpParser::Progress::need_more) {
      if (!in_request && parser.in_request()) {
        in_request = true;
        stream.set_idle(false);
        stream.expires_after(settings_.request_time);
      }
      if (parser.take_expectation()) co_await stream.write(base::view(continue_answer));
      std::size_t received = 0;
      try {
        received = co_await stream.read_some(parser.prepare());
      } catch (const StreamTimedOut&) {
        if (in_request) refusal = Refusal{408, "the request took too long", parser.path(), {}};
      }
      if (received == 0) break;
      parser.commit(received);
      progress = parser.parse();
    }
    if (progress == HttpParser::Progress::refused)
      refusal = Refusal{parser.refusal().status, parser.refusal().reason, parser.path(), {}};
    if (progress != HttpParser::Progress::complete) break;

    HttpRequest request = parser.take();
    request.peer = stream.peer();
    stream.set_idle(false);

    if (asks_for_web_socket(request)) {
      const auto checked = check_handshake(request, names_of(web_socket_protocols_));
      const auto* handshake = std::get_if<WebSocketHandshake>(&checked);
      if (handshake && parser.keep_alive()) {
        stream.expires_after(settings_.answer_time);
        out = handshake_answer(*handshake);
        co_await stream.write(base::view(out));
        Upgrade upgrade;
        upgrade.handler = &handler_of(web_socket_protocols_, handshake->subprotocol);
        upgrade.unread = parser.take_unread();
        co_return upgrade;
      }
      const std::string reason = handshake ? "a WebSocket needs HTTP/1.1" : std::get<WebSocketRefused>(checked).reason;
      // RFC 6455 section 4.4: the version belongs to the answer where it was the reason.
      refusal = Refusal{400, reason, request.path, {{"Sec-WebSocket-Version", "13"}}};
      break;
    }

    Framing framing;
    framing.head_request = request.method == "HEAD";
    stream.expires_never();
    const HttpResponse response = co_await answer(std::move(request));
    open = parser.keep_alive() && !response.close && !stream.draining();
    framing.close = !open;
    serialize(out, response, framing, http_date(clock_.now()));
    stream.expires_after(settings_.answer_time);
    co_await stream.write(base::view(out));
  }

  if (refusal) co_await refuse(stream, std::move(*refusal));
  co_return std::nullopt;
}

base::Task<HttpResponse> HttpServer::answer(HttpRequest request) {
  request.request_id = base::Uuid::draw(random_).str();
  RefusedRequest failed{
      .status = 500, .reason = "internal error", .path = request.path, .request_id = request.request_id};
  const auto peer = request.peer;
  try {
    HttpResponse response = co_await handler_.handle(std::move(request));
    if (!is_well_formed(response)) throw std::logic_error("the handler's answer cannot be written as HTTP");
    co_return response;
  } catch (const std::exception& fault) {
    log_.write(LogLevel::error, "request_failed",
               {{"request_id", failed.request_id}, {"address", peer->address}, {"fault", fault.what()}});
  }
  co_return handler_.refuse(failed);
}

base::Task<void> HttpServer::refuse(ByteStream& stream, Refusal refusal) {
  const RefusedRequest refused{.status = refusal.status,
                               .reason = refusal.reason,
                               .path = refusal.path,
                               .request_id = base::Uuid::draw(random_).str()};
  log_.write(LogLevel::info, "request_refused",
             {{"request_id", refused.request_id},
              {"status", std::to_string(refused.status)},
              {"address", stream.peer()->address},
              {"path", refused.path},
              {"reason", refused.reason}});
  HttpResponse response = handler_.refuse(refused);
  response.headers.insert(response.headers.end(), refusal.headers.begin(), refusal.headers.end());
  Framing framing;
  framing.close = true;
  std::string out;
  serialize(out, response, framing, http_date(clock_.now()));
  stream.expires_after(settings_.answer_time);
  co_await stream.write(base::view(out));
  co_await linger(stream);
}

}  // namespace muster::net
