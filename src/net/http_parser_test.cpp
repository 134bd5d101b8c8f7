#include "net/http_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace muster::net {
namespace {

using Progress = HttpParser::Progress;

/// Gives the parser all of the octets, `chunk` at a time; stops where it completes or refuses.
Progress feed(HttpParser& parser, std::string_view octets, std::size_t chunk = 1000) {
  auto progress = parser.parse();
  while (progress == Progress::need_more && !octets.empty()) {
    const auto room = parser.prepare();
    const auto size = std::min({chunk, room.size(), octets.size()});
    std::copy_n(octets.begin(), size, room.begin());
    parser.commit(size);
    octets.remove_prefix(size);
    progress = parser.parse();
  }
  return progress;
}

/// 0 where the request is complete, -1 where it is not and not refused either.
int status_of(std::string_view octets, HttpLimits limits = {}) {
  HttpParser parser(limits);
  switch (feed(parser, octets)) {
    case Progress::complete:
      return 0;
    case Progress::refused:
      return parser.refusal().status;
    case Progress::need_more:
      break;
  }
  return -1;
}

std::string request_with(std::string_view headers, std::string_view body = "") {
  return "PUT /a HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

TEST(HttpParser, ReadsARequestInPiecesOfEverySize) {
  const std::string octets =
      "PUT /0ne00000001/registrations/d%201/register?api-version=2021-06-01 HTTP/1.1\r\n"
      "Host: name:443\r\n"
      "UserAgent: iothub_dps_prov_client/1.0\r\n"
      "Content-Encoding: utf-8\r\n"
      "Content-Length: 13\r\n"
      "\r\n"
      "{\"a\":\"\\/\"}\r\n\r";
  for (std::size_t chunk = 1; chunk <= octets.size(); ++chunk) {
    HttpParser parser;
    ASSERT_EQ(feed(parser, octets, chunk), Progress::complete) << chunk;
    const auto request = parser.take();
    EXPECT_EQ(request.method, "PUT");
    EXPECT_EQ(request.path, "/0ne00000001/registrations/d%201/register");
    EXPECT_EQ(request.query, "api-version=2021-06-01");
    EXPECT_EQ(request.headers.size(), 4U);
    EXPECT_EQ(request.header("host"), "name:443");
    EXPECT_EQ(request.header("useragent"), "iothub_dps_prov_client/1.0");
    EXPECT_EQ(request.body, "{\"a\":\"\\/\"}\r\n\r");
    EXPECT_TRUE(parser.keep_alive());
    EXPECT_FALSE(parser.in_request());
  }
}

// The chunks of RFC 9112 section 7.1's grammar: extensions and a trailer included.
TEST(HttpParser, ReadsAChunkedBodyInPiecesOfEverySize) {
  const auto octets = request_with("Transfer-Encoding: Chunked\r\n",
                                   "5;name=value\r\nhello\r\n7\r\n, world\r\n0\r\nAuthorization: late\r\n\r\n");
  for (std::size_t chunk = 1; chunk <= octets.size(); ++chunk) {
    HttpParser parser;
    ASSERT_EQ(feed(parser, octets, chunk), Progress::complete) << chunk;
    const auto request = parser.take();
    EXPECT_EQ(request.body, "hello, world");
    EXPECT_EQ(request.header("Authorization"), std::nullopt) << "a trailer field became a header field";
  }
}

TEST(HttpParser, ReadsRequestsThatFollowEachOther) {
  const std::string octets =
      "GET /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
      "\r\nPOST /2 HTTP/1.1\r\nHost: h\r\n\r\n"
      "DELETE /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  for (std::size_t chunk = 1; chunk <= octets.size(); ++chunk) {
    HttpParser parser;
    std::string_view left = octets;
    std::string seen;
    while (!left.empty()) {
      const auto room = parser.prepare();
      const auto size = std::min({chunk, room.size(), left.size()});
      std::copy_n(left.begin(), size, room.begin());
      parser.commit(size);
      left.remove_prefix(size);
      while (parser.parse() == Progress::complete) {
        const auto request = parser.take();
        seen += request.method + request.path + request.body + (parser.keep_alive() ? "+" : "-");
      }
    }
    EXPECT_EQ(seen, "GET/1ab+POST/2+DELETE/3-") << chunk;
  }
}

TEST(HttpParser, TakesTheAbsoluteForm) {
  HttpParser parser;
  ASSERT_EQ(feed(parser, "GET http://name:443/a?b HTTP/1.1\r\nHost: name\r\n\r\n"), Progress::complete);
  const auto request = parser.take();
  EXPECT_EQ(request.path, "/a");
  EXPECT_EQ(request.query, "b");
}

TEST(HttpParser, EndsTheConnectionAfterHttp10) {
  HttpParser parser;
  ASSERT_EQ(feed(parser, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), Progress::complete);
  parser.take();
  EXPECT_FALSE(parser.keep_alive());
}

TEST(HttpParser, SaysOnceThatTheClientWaitsForContinue) {
  HttpParser parser;
  EXPECT_FALSE(parser.take_expectation());
  ASSERT_EQ(feed(parser, request_with("Expect: 100-Continue\r\nContent-Length: 2\r\n")), Progress::need_more);
  EXPECT_TRUE(parser.take_expectation());
  EXPECT_FALSE(parser.take_expectation());
  ASSERT_EQ(feed(parser, "ab"), Progress::complete);
  EXPECT_EQ(parser.take().body, "ab");
}

TEST(HttpParser, RefusesWhatCouldBeReadInTwoWays) {
  const std::pair<std::string, int> cases[] = {
      {request_with(""), 0},
      {request_with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {request_with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", "0\r\n\r\n"), 400},
      {request_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {request_with("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), 400},
      {request_with("Content-Length: -1\r\n"), 400},
      {request_with("Content-Length: 1x\r\n", "a"), 400},
      {request_with("Content-Length: 99999999999999999999999\r\n"), 400},
      {request_with("Transfer-Encoding: gzip\r\n"), 501},
      {request_with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
      {request_with("Transfer-Encoding: chunked\r\n", "zz\r\n"), 400},
      {request_with("Transfer-Encoding: chunked\r\n", "1\r\nabc\r\n"), 400},
      {request_with("X-Folded: a\r\n b\r\n"), 400},
      {request_with("X-Folded: a\r\n\tb\r\n"), 400},
      {request_with("Name : value\r\n"), 400},
      {request_with("no colon\r\n"), 400},
      {request_with(std::string_view("X-Zero: a\0b\r\n", 13)), 400},
      {request_with("Host: other\r\n"), 400},
      {request_with("Expect: the-unexpected\r\n"), 417},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"CONNECT name:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / a HTTP/1.1\r\nHost: h\r\n\r\n", 505},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"G@T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {std::string("\x16\x03\x01\x02\r\n\r\n"), 400},
  };
  for (const auto& [octets, status] : cases) EXPECT_EQ(status_of(octets), status) << octets;
}

TEST(HttpParser, RefusesOneOctetMoreOfHeaderThanTheLimit) {
  HttpLimits limits;
  const auto of_size = [](std::size_t size) {
    const auto empty = request_with("X: \r\n");
    return request_with("X: " + std::string(size - empty.size(), 'x') + "\r\n");
  };
  EXPECT_EQ(status_of(of_size(limits.head_size_max), limits), 0);
  EXPECT_EQ(status_of(of_size(limits.head_size_max + 1), limits), 431);
}

TEST(HttpParser, RefusesARequestLineThatNeverEnds) {
  HttpParser parser;
  ASSERT_EQ(feed(parser, std::string(16 * 1024, 'A')), Progress::need_more);
  ASSERT_EQ(feed(parser, "A"), Progress::refused);
  EXPECT_EQ(parser.refusal().status, 431);
}

TEST(HttpParser, RefusesOneHeaderMoreThanTheLimit) {
  const auto of_count = [](std::size_t count) {
    std::string headers;
    for (std::size_t i = 1; i < count; ++i) headers += "X: y\r\n";
    return request_with(headers);
  };
  EXPECT_EQ(status_of(of_count(100)), 0);
  EXPECT_EQ(status_of(of_count(101)), 431);
}

TEST(HttpParser, RefusesOneOctetMoreOfBodyThanTheLimitBeforeItComes) {
  EXPECT_EQ(status_of(request_with("Content-Length: 65536\r\n", std::string(65536, 'x'))), 0);
  EXPECT_EQ(status_of(request_with("Content-Length: 65537\r\n")), 413);
}

TEST(HttpParser, RefusesOneOctetMoreOfChunkedBodyThanTheLimit) {
  const std::string first = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
  const std::string rest = "8000\r\n" + std::string(0x8000, 'x') + "\r\n0\r\n\r\n";
  EXPECT_EQ(status_of(request_with("Transfer-Encoding: chunked\r\n", first + rest)), 0);
  EXPECT_EQ(status_of(request_with("Transfer-Encoding: chunked\r\n", first + "8001\r\n")), 413);
}

TEST(HttpParser, RefusesChunkLinesWithoutEnd) {
  const auto head = request_with("Transfer-Encoding: chunked\r\n");
  EXPECT_EQ(status_of(head + "1;" + std::string(20'000, 'x')), 431);
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "1;" + std::string(1000, 'x') + "\r\na\r\n";
  EXPECT_EQ(status_of(head + many), 413);
}

TEST(HttpParser, StaysRefused) {
  HttpParser parser;
  ASSERT_EQ(feed(parser, "\x01\r\n\r\n"), Progress::refused);
  EXPECT_EQ(feed(parser, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), Progress::refused);
}

}  // namespace
}  // namespace muster::net
