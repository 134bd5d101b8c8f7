#include "http_exchange.hpp"

#include <charconv>
#include <stdexcept>

#include "base/bytes.hpp"

namespace muster::bench {
namespace {

constexpr std::size_t answer_size_max = 64 * 1024;

/// A decimal number at the beginning of a text. Throws where there is none.
std::size_t leading_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) throw std::runtime_error("the answer is not HTTP/1.1");
  return number;
}

/// A header field's value, by its name with the colon.
std::optional<std::string_view> field(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    if (line.size() > name.size() && base::equal_ignoring_case(line.substr(0, name.size()), name)) {
      const std::string_view value = line.substr(name.size());
      return value.substr(std::min(value.find_first_not_of(' '), value.size()));
    }
    if (end == std::string_view::npos) break;
    head.remove_prefix(end + 2);
  }
  return std::nullopt;
}

}  // namespace

HttpAnswer fetch(TlsConnection& connection, std::string_view request) {
  connection.write(request);
  std::string received;
  const auto read_more = [&connection, &received] {
    const std::string_view part = connection.read();
    if (part.empty()) throw std::runtime_error("the connection ended before the answer did");
    if (received.size() + part.size() > answer_size_max) throw std::runtime_error("the answer is larger than 64 KiB");
    received.append(part);
  };

  std::size_t head_size = std::string::npos;
  while ((head_size = received.find("\r\n\r\n")) == std::string::npos) read_more();
  const std::string_view head = std::string_view(received).substr(0, head_size);
  constexpr std::string_view version = "HTTP/1.1 ";
  if (!head.starts_with(version)) throw std::runtime_error("the answer is not HTTP/1.1");

  HttpAnswer answer;
  answer.status = static_cast<int>(leading_number(head.substr(version.size())));
  const std::size_t body_begin = head_size + 4;
  if (const auto wait = field(head, "retry-after:")) answer.retry_after = std::chrono::seconds(leading_number(*wait));
  const auto stated = field(head, "content-length:");
  if (!stated) throw std::runtime_error("the answer has no Content-Length");
  const std::size_t length = leading_number(*stated);
  if (length > answer_size_max) throw std::runtime_error("the answer is larger than 64 KiB");
  while (received.size() < body_begin + length) read_more();
  answer.body = received.substr(body_begin, length);
  return answer;
}

}  // namespace muster::bench
