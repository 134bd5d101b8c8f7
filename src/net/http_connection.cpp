#include "net/http_connection.hpp"

#include <array>
#include <boost/beast/http/status.hpp>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

#include "base/id.hpp"
#include "net/linger.hpp"

namespace muster::net {
namespace {

constexpr std::string_view continue_answer = "HTTP/1.1 100 Continue\r\n\r\n";

/// RFC 9110 section 5.6.7.
std::string to_http_date(std::int64_t seconds) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %d %02d:%02d:%02d GMT",
                days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
  return text.data();
}

/// A date for each second, made once on each thread.
const std::string& http_date(base::TimePoint now) {
  struct Made {
    std::int64_t second = -1;
    std::string text;
  };
  thread_local Made made;
  const auto second = base::to_unix_seconds(now);
  if (second != made.second) made = Made{second, to_http_date(second)};
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

}  // namespace

HttpServer::HttpServer(HttpHandler& handler, Log& log, base::Random& random, base::Clock& clock, HttpSettings settings)
    : handler_(handler), log_(log), random_(random), clock_(clock), settings_(settings) {}

base::Task<void> HttpServer::serve(ByteStreamPtr stream) {
  HttpParser parser(settings_.limits);
  std::optional<HttpRefusal> refusal;
  std::string out;

  for (bool open = true; open && !refusal;) {
    stream->set_idle(true);
    stream->expires_after(settings_.idle_time);
    bool in_request = false;
    auto progress = parser.parse();
    while (progress == HttpParser::Progress::need_more) {
      if (!in_request && parser.in_request()) {
        in_request = true;
        stream->set_idle(false);
        stream->expires_after(settings_.request_time);
      }
      if (parser.take_expectation()) co_await stream->write(base::view(continue_answer));
      std::size_t received = 0;
      try {
        received = co_await stream->read_some(parser.prepare());
      } catch (const StreamTimedOut&) {
        if (in_request) refusal = HttpRefusal{408, "the request took too long"};
      }
      if (received == 0) break;
      parser.commit(received);
      progress = parser.parse();
    }
    if (progress == HttpParser::Progress::refused) refusal = parser.refusal();
    if (progress != HttpParser::Progress::complete) break;

    HttpRequest request = parser.take();
    request.peer = stream->peer();
    request.request_id = base::Uuid::draw(random_).str();
    const std::string request_id = request.request_id;
    const std::string path = request.path;
    Framing framing;
    framing.head_request = request.method == "HEAD";

    stream->set_idle(false);
    stream->expires_never();
    std::optional<HttpResponse> response;
    try {
      response = co_await handler_.handle(std::move(request));
      if (!is_well_formed(*response)) throw std::logic_error("the handler's answer cannot be written as HTTP");
    } catch (const std::exception& fault) {
      log_.write(LogLevel::error, "request_failed",
                 {{"request_id", request_id}, {"address", stream->peer()->address}, {"fault", fault.what()}});
      RefusedRequest refused{.status = 500, .reason = "internal error", .path = path, .request_id = request_id};
      response = handler_.refuse(refused);
    }

    open = parser.keep_alive() && !response->close && !stream->draining();
    framing.close = !open;
    serialize(out, *response, framing, http_date(clock_.now()));
    stream->expires_after(settings_.answer_time);
    co_await stream->write(base::view(out));
  }

  if (refusal) {
    const RefusedRequest refused{.status = refusal->status,
                                 .reason = refusal->reason,
                                 .path = parser.path(),
                                 .request_id = base::Uuid::draw(random_).str()};
    log_.write(LogLevel::info, "request_refused",
               {{"request_id", refused.request_id},
                {"status", std::to_string(refused.status)},
                {"address", stream->peer()->address},
                {"path", refused.path},
                {"reason", refused.reason}});
    const HttpResponse response = handler_.refuse(refused);
    Framing framing;
    framing.close = true;
    serialize(out, response, framing, http_date(clock_.now()));
    stream->expires_after(settings_.answer_time);
    co_await stream->write(base::view(out));
    co_await linger(*stream);
  }
  stream->close();
}

}  // namespace muster::net
