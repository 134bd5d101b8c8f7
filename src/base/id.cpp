#include "base/id.hpp"

#include <algorithm>
#include <stdexcept>

namespace muster::base {
namespace {

constexpr std::size_t registration_id_size_max = 128;

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

std::optional<RegistrationId> RegistrationId::parse(std::string_view text) {
  if (text.empty() || text.size() > registration_id_size_max) return std::nullopt;
  const auto allowed = [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == ':'; };
  if (!std::all_of(text.begin(), text.end(), allowed)) return std::nullopt;
  if (!is_alphanumeric(text.back()) && text.back() != '-') return std::nullopt;
  return RegistrationId(std::string(text), to_lower(text));
}

Uuid Uuid::draw(Random& random) {
  Uuid uuid;
  random.fill(uuid.bytes_);
  uuid.bytes_[6] = static_cast<std::uint8_t>((uuid.bytes_[6] & 0x0fU) | 0x40U);
  uuid.bytes_[8] = static_cast<std::uint8_t>((uuid.bytes_[8] & 0x3fU) | 0x80U);
  return uuid;
}

Uuid Uuid::draw_ordered(TimePoint now, Random& random) {
  Uuid uuid = draw(random);
  auto milliseconds = static_cast<std::uint64_t>(to_unix_microseconds(now) / 1000);
  for (std::size_t i = 6; i-- > 0; milliseconds >>= 8U) uuid.bytes_[i] = static_cast<std::uint8_t>(milliseconds);
  uuid.bytes_[6] = static_cast<std::uint8_t>((uuid.bytes_[6] & 0x0fU) | 0x70U);
  return uuid;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  std::string digits(text);
  if (digits.size() == 36) {
    for (const std::size_t dash : {23U, 18U, 13U, 8U}) {
      if (digits[dash] != '-') return std::nullopt;
      digits.erase(dash, 1);
    }
  }
  const auto bytes = from_hex(digits);
  if (!bytes || bytes->size() != 16) return std::nullopt;
  return from_bytes(*bytes);
}

Uuid Uuid::from_bytes(ByteView sixteen_bytes) {
  if (sixteen_bytes.size() != 16) throw std::invalid_argument("a UUID has 16 octets");
  Uuid uuid;
  std::copy(sixteen_bytes.begin(), sixteen_bytes.end(), uuid.bytes_.begin());
  return uuid;
}

std::string Uuid::str() const {
  std::string text = to_hex(bytes_);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
  return text;
}

}  // namespace muster::base
