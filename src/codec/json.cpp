#include "codec/json.hpp"

#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <string>

namespace muster::codec {
namespace {

using base::Errc;
using base::Error;

Error malformed(const boost::system::error_code& reason, std::size_t position) {
  return Error(Errc::malformed_json, reason.message() + " at octet " + std::to_string(position + 1));
}

}  // namespace

base::Result<boost::json::value> parse_json(std::string_view text, std::size_t size_max) {
  if (text.size() > size_max)
    return Error(Errc::body_too_large,
                 std::to_string(text.size()) + " octets of JSON, allowed are " + std::to_string(size_max));

  boost::json::parse_options options;
  options.max_depth = json_depth_max;
  boost::json::parser parser({}, options);
  boost::system::error_code reason;
  const std::size_t read = parser.write(text.data(), text.size(), reason);
  if (reason) return malformed(reason, read);
  return parser.release();
}

}  // namespace muster::codec
