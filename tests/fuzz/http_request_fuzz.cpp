// The first octet says in what pieces the others reach the HTTP parser; however they are cut, the requests that come
// out must be the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/http_parser.hpp"

namespace {

using muster::base::ByteView;
using muster::net::HttpParser;

std::string requests_in(ByteView octets, std::size_t piece) {
  HttpParser parser;
  std::string requests;
  while (!octets.empty()) {
    const auto room = parser.prepare();
    const auto size = std::min({piece, room.size(), octets.size()});
    std::copy_n(octets.begin(), size, room.begin());
    parser.commit(size);
    octets = octets.subspan(size);

    auto progress = parser.parse();
    for (; progress == HttpParser::Progress::complete; progress = parser.parse()) {
      const auto request = parser.take();
      if (request.path.empty() || request.path.front() != '/') std::abort();
      requests += request.method + ' ' + request.path + '?' + request.query + ' ' + request.body + '\n';
      for (const auto& [name, value] : request.headers) requests += name + ':' + value + '\n';
    }
    if (progress == HttpParser::Progress::refused) return requests + "refused";
    parser.take_expectation();
  }
  return requests;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView octets(data + 1, size - 1);
  if (requests_in(octets, data[0] + 1U) != requests_in(octets, octets.size())) std::abort();
  return 0;
}
