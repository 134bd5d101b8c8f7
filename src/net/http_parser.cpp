#include "net/http_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

namespace muster::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t read_size = 4096;
constexpr std::string_view head_end = "\r\n\r\n";

// A body in chunks of one octet takes six times its size; more is somebody playing with chunk extensions.
constexpr std::size_t chunking_overhead_max = 8;

constexpr HttpRefusal malformed{400, "the request is not valid HTTP/1.1"};
constexpr HttpRefusal no_host{400, "the request must have exactly one Host header"};
constexpr HttpRefusal two_framings{400, "the request has both Content-Length and Transfer-Encoding"};
constexpr HttpRefusal two_codings{400, "the request has more than one Transfer-Encoding"};
constexpr HttpRefusal folded{400, "a header field is folded over several lines"};
constexpr HttpRefusal bad_target{400, "the request target is not a path"};
constexpr HttpRefusal body_too_large{413, "the body is too large"};
constexpr HttpRefusal expectation_unknown{417, "the only expectation known is 100-continue"};
constexpr HttpRefusal head_too_large{431, "the request's header is too large"};
constexpr HttpRefusal too_many_headers{431, "the request has too many headers"};
constexpr HttpRefusal coding_unknown{501, "the only transfer coding known is chunked"};
constexpr HttpRefusal version_unknown{505, "the only versions known are HTTP/1.0 and HTTP/1.1"};

/// Beast's parser, for the head alone, with our request for its result: each header is copied once, to where it stays.
class Sink final : public http::basic_parser<true> {
 public:
  explicit Sink(const HttpLimits& limits) : limits_(limits) {
    // It is given the head only, whole and measured before.
    skip(true);
    header_limit(static_cast<std::uint32_t>(limits.head_size_max + 1));
    body_limit(boost::none);
  }

  HttpRequest request;
  HttpRefusal refusal;
  bool expects_continue = false;

  bool is_http_1_1() const { return version_ >= 11; }
  bool has_chunked_body() const { return has_coding_; }

  void refuse(const HttpRefusal& why, beast::error_code& error) {
    refusal = why;
    error = http::error::bad_value;
  }

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                       beast::error_code& error) override {
    version_ = version;
    request.method.assign(method.data(), method.size());
    std::string_view rest(target.data(), target.size());
    // RFC 9112 section 3.2.2: a server must also accept the absolute form.
    if (rest.starts_with("http://") || rest.starts_with("https://")) {
      rest.remove_prefix(rest.find("//") + 2);
      const auto path = rest.find('/');
      rest = path == std::string_view::npos ? std::string_view("/") : rest.substr(path);
    }
    if (!rest.starts_with('/')) return refuse(bad_target, error);
    const auto question_mark = rest.find('?');
    request.path = rest.substr(0, question_mark);
    if (question_mark != std::string_view::npos) request.query = rest.substr(question_mark + 1);
  }

  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}

  void on_field_impl(http::field field, beast::string_view name, beast::string_view value,
                     beast::error_code& error) override {
    if (request.headers.size() == limits_.headers_max) return refuse(too_many_headers, error);
    request.headers.emplace_back(std::string_view(name.data(), name.size()),
                                 std::string_view(value.data(), value.size()));
    if (field == http::field::host) ++hosts_;
    if (field == http::field::content_length) has_length_ = true;
    if (field == http::field::transfer_encoding) note_coding(value, error);
    if (field == http::field::expect) {
      if (!beast::iequals(value, "100-continue")) return refuse(expectation_unknown, error);
      expects_continue = version_ >= 11;
    }
  }

  void note_coding(beast::string_view value, beast::error_code& error) {
    // RFC 9112 section 6.1: not for HTTP/1.0.
    if (version_ < 11) return refuse(malformed, error);
    if (has_coding_) return refuse(two_codings, error);
    has_coding_ = true;
    if (!beast::iequals(value, "chunked")) return refuse(coding_unknown, error);
  }

  void on_header_impl(beast::error_code& error) override {
    // RFC 9112 section 6.3: a request with both is how requests are smuggled past a proxy.
    if (has_length_ && has_coding_) return refuse(two_framings, error);
    // RFC 9112 section 3.2.
    if (hosts_ > 1 || (hosts_ == 0 && version_ >= 11)) return refuse(no_host, error);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view octets, beast::error_code&) override { return octets.size(); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view octets, beast::error_code&) override {
    return octets.size();
  }
  void on_finish_impl(beast::error_code&) override {}

  const HttpLimits& limits_;
  int version_ = 11;
  int hosts_ = 0;
  bool has_length_ = false;
  bool has_coding_ = false;
};

/// RFC 9112 section 7.1: the size at the beginning of a chunk's line; nothing where there is none.
std::optional<std::uint64_t> parse_chunk_size(std::string_view line) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
  if (error != std::errc()) return std::nullopt;
  const auto extension = line.substr(static_cast<std::size_t>(end - line.data()));
  const auto begin = extension.find_first_not_of(" \t");
  if (begin != std::string_view::npos && extension[begin] != ';') return std::nullopt;
  return size;
}

}  // namespace

class HttpParser::Message {
 public:
  explicit Message(HttpLimits limits) : limits_(limits) {}

  std::span<std::uint8_t> prepare() {
    // What is used up goes first, so that the buffer grows only with one request's needs.
    if (used_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + used_, size_ - used_);
      size_ -= used_;
      used_ = 0;
    }
    if (buffer_.size() - size_ < read_size / 2) buffer_.resize(std::max(read_size, buffer_.size() * 2));
    return std::span(buffer_).subspan(size_);
  }

  void commit(std::size_t size) { size_ += size; }

  Progress parse() {
    for (;;) {
      const Stage before = stage_;
      switch (stage_) {
        case Stage::head:
          parse_head();
          break;
        case Stage::sized_body:
        case Stage::chunk_data:
          take_body();
          break;
        case Stage::chunk_line:
          parse_chunk_line();
          break;
        case Stage::chunk_end:
          parse_chunk_end();
          break;
        case Stage::trailer:
          parse_trailer();
          break;
        case Stage::complete:
          return Progress::complete;
        case Stage::refused:
          return Progress::refused;
      }
      if (stage_ == before) return Progress::need_more;
    }
  }

  HttpRequest take() {
    HttpRequest request = std::move(sink_->request);
    keep_alive_ = sink_->is_http_1_1() && sink_->keep_alive();
    sink_.reset();
    stage_ = Stage::head;
    framing_size_ = 0;
    return request;
  }

  base::Bytes take_unread() {
    const auto first = buffer_.begin() + static_cast<std::ptrdiff_t>(used_);
    base::Bytes unread(first, first + static_cast<std::ptrdiff_t>(unused()));
    used_ = size_;
    return unread;
  }

  bool keep_alive() const { return keep_alive_; }
  const HttpRefusal& refusal() const { return refusal_; }
  const std::string& path() const {
    static const std::string unknown;
    return sink_ ? sink_->request.path : unknown;
  }
  bool in_request() const { return sink_.has_value() || unused() > 0; }

  bool take_expectation() {
    return sink_ && stage_ != Stage::complete && stage_ != Stage::refused &&
           std::exchange(sink_->expects_continue, false);
  }

 private:
  enum class Stage { head, sized_body, chunk_line, chunk_data, chunk_end, trailer, complete, refused };

  std::size_t unused() const { return size_ - used_; }
  std::string_view received() const { return base::text_view(base::ByteView(buffer_)).substr(used_, unused()); }
  std::size_t framing_size_max() const { return limits_.head_size_max + limits_.body_size_max * chunking_overhead_max; }

  void parse_head() {
    // RFC 9112 section 2.2: some clients end a body with an empty line that is not part of it.
    while (received().starts_with("\r\n")) used_ += 2;

    const auto octets = received();
    const auto end = octets.find(head_end, searched_);
    const bool whole = end != std::string_view::npos;
    const std::size_t head_size = whole ? end + head_end.size() : octets.size();
    if (head_size > limits_.head_size_max) return refuse(head_too_large);
    searched_ = whole || octets.size() < head_end.size() ? 0 : octets.size() - (head_end.size() - 1);
    if (!whole) return;

    // Checked here because Beast unfolds them; RFC 9112 section 5.2 lets a server refuse.
    const auto head = octets.substr(0, head_size);
    if (head.find("\n ") != std::string_view::npos || head.find("\n\t") != std::string_view::npos)
      return refuse(folded);

    sink_.emplace(limits_);
    beast::error_code error;
    const auto parsed = sink_->put({head.data(), head.size()}, error);
    if (error || parsed != head.size() || !sink_->is_done()) return refuse(reason_of(error));
    used_ += parsed;
    begin_body();
  }

  void begin_body() {
    if (sink_->has_chunked_body()) {
      stage_ = Stage::chunk_line;
      return;
    }
    const auto length = sink_->content_length();
    if (length && *length > limits_.body_size_max) return refuse(body_too_large);
    remaining_ = length ? static_cast<std::size_t>(*length) : 0;
    // An announcement alone must not cost memory.
    sink_->request.body.reserve(std::min(remaining_, read_size));
    stage_ = remaining_ == 0 ? Stage::complete : Stage::sized_body;
  }

  void take_body() {
    const auto octets = received().substr(0, remaining_);
    sink_->request.body.append(octets);
    used_ += octets.size();
    remaining_ -= octets.size();
    if (remaining_ == 0) stage_ = stage_ == Stage::chunk_data ? Stage::chunk_end : Stage::complete;
  }

  /// The next line without its end; nothing where it is not whole yet, or refused.
  std::optional<std::string_view> next_line() {
    const auto octets = received();
    const auto end = octets.find('\n', searched_);
    const bool whole = end != std::string_view::npos;
    const std::size_t size = whole ? end + 1 : octets.size();
    searched_ = whole ? 0 : size;
    if (size > limits_.head_size_max) return refuse(head_too_large), std::nullopt;
    if (!whole) return std::nullopt;
    if (end == 0 || octets[end - 1] != '\r') return refuse(malformed), std::nullopt;

    used_ += size;
    framing_size_ += size;
    if (framing_size_ > framing_size_max()) return refuse(body_too_large), std::nullopt;
    return octets.substr(0, end - 1);
  }

  void parse_chunk_line() {
    const auto line = next_line();
    if (!line) return;
    const auto size = parse_chunk_size(*line);
    if (!size) return refuse(malformed);
    if (*size > limits_.body_size_max - sink_->request.body.size()) return refuse(body_too_large);
    remaining_ = static_cast<std::size_t>(*size);
    stage_ = remaining_ == 0 ? Stage::trailer : Stage::chunk_data;
  }

  void parse_chunk_end() {
    const auto octets = received();
    if (!std::string_view("\r\n").starts_with(octets.substr(0, 2))) return refuse(malformed);
    if (octets.size() < 2) return;
    used_ += 2;
    stage_ = Stage::chunk_line;
  }

  // Trailer fields are dropped: they come after the decision for which header fields are read.
  void parse_trailer() {
    auto line = next_line();
    while (line && !line->empty()) line = next_line();
    if (line) stage_ = Stage::complete;
  }

  HttpRefusal reason_of(const beast::error_code& error) const {
    if (sink_->refusal.reason[0] != '\0') return sink_->refusal;
    if (error == http::error::bad_version) return version_unknown;
    return malformed;
  }

  void refuse(const HttpRefusal& why) {
    refusal_ = why;
    stage_ = Stage::refused;
  }

  const HttpLimits limits_;
  base::Bytes buffer_;
  std::size_t size_ = 0;      // received
  std::size_t used_ = 0;      // of these, parsed
  std::size_t searched_ = 0;  // of the unused ones, known not to hold the end that is looked for
  Stage stage_ = Stage::head;
  std::optional<Sink> sink_;      // from the head's end to `take`
  std::size_t remaining_ = 0;     // octets of the body, or of the chunk, that have not come
  std::size_t framing_size_ = 0;  // octets of chunk lines and trailer
  HttpRefusal refusal_;
  bool keep_alive_ = true;
};

HttpParser::HttpParser(HttpLimits limits) : message_(std::make_unique<Message>(limits)) {}
HttpParser::~HttpParser() = default;

std::span<std::uint8_t> HttpParser::prepare() { return message_->prepare(); }
void HttpParser::commit(std::size_t size) { message_->commit(size); }
HttpParser::Progress HttpParser::parse() { return message_->parse(); }
HttpRequest HttpParser::take() { return message_->take(); }
base::Bytes HttpParser::take_unread() { return message_->take_unread(); }
bool HttpParser::keep_alive() const { return message_->keep_alive(); }
const HttpRefusal& HttpParser::refusal() const { return message_->refusal(); }
const std::string& HttpParser::path() const { return message_->path(); }
bool HttpParser::in_request() const { return message_->in_request(); }
bool HttpParser::take_expectation() { return message_->take_expectation(); }

}  // namespace muster::net
