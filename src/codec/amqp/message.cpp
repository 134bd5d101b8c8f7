#include "codec/amqp/message.hpp"

#include "codec/amqp/value.hpp"

namespace muster::codec::amqp {

using base::Errc;
using base::Error;
using base::Result;

namespace {

// Section 3.2.
constexpr std::uint8_t header_code = 0x70;
constexpr std::uint8_t properties_code = 0x73;
constexpr std::uint8_t application_properties_code = 0x74;
constexpr std::uint8_t data_code = 0x75;
constexpr std::uint8_t value_code = 0x77;
constexpr std::uint8_t footer_code = 0x78;

// Section 3.2.4: the sixth field of the properties.
constexpr std::size_t correlation_id_at = 5;
// Message ids are a number, a UUID, octets or a text; the latter two need not be long.
constexpr std::size_t correlation_id_size_max = 256;

void read_application_properties(Message& message, ByteView map) {
  const auto elements = read_elements(map);
  if (!elements) return;
  for (std::size_t i = 0; i + 1 < elements->size(); i += 2) {
    const auto name = read_string((*elements)[i]);
    if (!name) continue;
    if (const auto text = read_string((*elements)[i + 1]))
      message.application_properties.emplace_back(*name, std::string(*text));
    else if (const auto flag = read_boolean((*elements)[i + 1]))
      message.application_properties.emplace_back(*name, *flag);
  }
}

void read_section(Message& message, const Described& section) {
  switch (section.descriptor) {
    case properties_code: {
      const auto fields = read_elements(section.value);
      if (fields && fields->size() > correlation_id_at && !is_null((*fields)[correlation_id_at]))
        message.correlation_id = base::to_bytes((*fields)[correlation_id_at]);
      break;
    }
    case application_properties_code:
      read_application_properties(message, section.value);
      break;
    case data_code:
      if (const auto octets = read_binary(section.value)) message.body.append(base::text_view(*octets));
      break;
    case value_code:
      if (const auto text = read_string(section.value)) message.body.append(*text);
      if (const auto octets = read_binary(section.value)) message.body.append(base::text_view(*octets));
      break;
    default:
      break;
  }
}

}  // namespace

const std::string* Message::text_property(std::string_view name) const {
  for (const auto& [key, value] : application_properties)
    if (key == name) return std::get_if<std::string>(&value);
  return nullptr;
}

Result<Message> read_message(ByteView octets) {
  Message message;
  while (!octets.empty()) {
    const auto size = check_value(octets);
    if (!size) return size.error();
    const auto section = read_described(octets.first(*size));
    if (!section || section->descriptor < header_code || section->descriptor > footer_code)
      return Error(Errc::malformed_request, "a message with something between its sections");
    read_section(message, *section);
    octets = octets.subspan(*size);
  }
  if (message.correlation_id.size() > correlation_id_size_max)
    return Error(Errc::malformed_request, "a correlation id of more than 256 octets");
  return message;
}

Bytes make_message(const Message& message) {
  Bytes out;
  const auto append = [&out](const Bytes& section) { out.insert(out.end(), section.begin(), section.end()); };
  if (!message.correlation_id.empty()) {
    ValueWriter fields;
    for (std::size_t i = 0; i < correlation_id_at; ++i) fields.null();
    append(described_list(properties_code, fields.encoded(message.correlation_id)));
  }
  if (!message.application_properties.empty()) {
    ValueWriter map;
    for (const auto& [name, value] : message.application_properties) {
      map.string(name);
      if (const auto* text = std::get_if<std::string>(&value)) map.string(*text);
      if (const auto* number = std::get_if<std::int32_t>(&value)) map.integer(*number);
      if (const auto* flag = std::get_if<bool>(&value)) map.boolean(*flag);
    }
    append(described_map(application_properties_code, map));
  }
  ValueWriter body;
  append(described_value(data_code, body.binary(base::view(message.body))));
  return out;
}

}  // namespace muster::codec::amqp
