#include "store/encoding.hpp"

#include <limits>
#include <stdexcept>

namespace muster::store {
namespace {

constexpr std::size_t length_size = 4;
constexpr std::size_t sequence_size = 8;
constexpr std::size_t uuid_size = 16;
constexpr std::size_t items_per_head = 4;

[[noreturn]] void refuse_damage() { throw std::runtime_error("the database holds a damaged list"); }

void append_big_endian(Bytes& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = size; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t big_endian(ByteView octets) {
  std::uint64_t value = 0;
  for (const std::uint8_t octet : octets) value = value << 8 | octet;
  return value;
}

}  // namespace

Bytes encode_list(const std::vector<Bytes>& items) {
  Bytes encoded;
  for (const Bytes& item : items) {
    if (item.size() > std::numeric_limits<std::uint32_t>::max()) throw std::length_error("list item too long");
    append_big_endian(encoded, item.size(), length_size);
    encoded.insert(encoded.end(), item.begin(), item.end());
  }
  return encoded;
}

std::vector<Bytes> decode_list(ByteView encoded) {
  std::vector<Bytes> items;
  while (!encoded.empty()) {
    if (encoded.size() < length_size) refuse_damage();
    const std::uint64_t size = big_endian(encoded.first(length_size));
    encoded = encoded.subspan(length_size);
    if (encoded.size() < size) refuse_damage();
    items.push_back(base::to_bytes(encoded.first(size)));
    encoded = encoded.subspan(size);
  }
  return items;
}

Bytes encode_heads(const std::vector<provisioning::AuditHead>& heads) {
  std::vector<Bytes> items;
  items.reserve(heads.size() * items_per_head);
  for (const auto& head : heads) {
    items.push_back(base::to_bytes(head.tenant.str()));
    items.push_back(base::to_bytes(head.writer.bytes()));
    append_big_endian(items.emplace_back(), static_cast<std::uint64_t>(head.sequence), sequence_size);
    items.push_back(head.digest);
  }
  return encode_list(items);
}

std::vector<provisioning::AuditHead> decode_heads(ByteView encoded) {
  const std::vector<Bytes> items = decode_list(encoded);
  if (items.size() % items_per_head != 0) refuse_damage();
  std::vector<provisioning::AuditHead> heads;
  heads.reserve(items.size() / items_per_head);
  for (std::size_t i = 0; i < items.size(); i += items_per_head) {
    if (items[i + 1].size() != uuid_size || items[i + 2].size() != sequence_size) refuse_damage();
    heads.push_back({.tenant = base::TenantId(std::string(base::text_view(items[i]))),
                     .writer = base::Uuid::from_bytes(items[i + 1]),
                     .sequence = static_cast<std::int64_t>(big_endian(items[i + 2])),
                     .digest = items[i + 3]});
  }
  return heads;
}

}  // namespace muster::store
