// Messages of AMQP 1.0 (Part 3, Messaging, section 3.2), as far as a request and its answer need them.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace muster::codec::amqp {

using base::Bytes;
using base::ByteView;

using PropertyValue = std::variant<std::string, std::int32_t, bool>;

struct Message {
  /// The encoded value, of whichever type, so that an answer brings back exactly what the request had; empty: none.
  Bytes correlation_id;
  std::vector<std::pair<std::string, PropertyValue>> application_properties;
  /// The octets of the data sections one after the other, or of a text or binary in an amqp-value section.
  std::string body;

  /// Text of an application property; nothing where there is none of that name.
  const std::string* text_property(std::string_view name) const;
};

/// Reads a message. Sections, properties and bodies of other types than those above are checked and left out.
/// Errc::malformed_request where it is no sequence of whole sections.
base::Result<Message> read_message(ByteView octets);

/// Writes a message with one data section.
Bytes make_message(const Message& message);

}  // namespace muster::codec::amqp
