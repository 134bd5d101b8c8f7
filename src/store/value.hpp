// How the members of rows become columns, and back: one overload for each type.
#pragma once

#include <chrono>
#include <concepts>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "provisioning/names.hpp"
#include "store/database.hpp"
#include "store/encoding.hpp"

namespace muster::store {

/// An enumeration that the database knows by its names (provisioning/names.hpp).
template <class T>
concept Named = std::is_enum_v<T> && requires(T value) {
  provisioning::name_of(value);
};

// Values are views into what they are made of.
template <std::integral T>
Value to_value(T number) {
  return static_cast<std::int64_t>(number);
}
template <Named T>
Value to_value(T enumerator) {
  return provisioning::name_of(enumerator);
}
template <class Tag>
Value to_value(const base::TextId<Tag>& id) {
  return std::string_view(id.str());
}
inline Value to_value(const std::string& text) { return std::string_view(text); }
inline Value to_value(const Bytes& bytes) { return ByteView(bytes); }
inline Value to_value(const base::Uuid& id) { return id.bytes(); }
inline Value to_value(base::TimePoint time) { return base::to_unix_microseconds(time); }
inline Value to_value(const base::RegistrationId& id) { return std::string_view(id.str()); }
inline Value to_value(const provisioning::Attestation& attestation) {
  return provisioning::name_of(provisioning::kind_of(attestation));
}
template <class T>
Value to_value(const std::optional<T>& optional) {
  return optional ? to_value(*optional) : Value(nullptr);
}

template <class Integer>
requires std::integral<Integer>
void from_column(const Record& record, int column, Integer& out) { out = static_cast<Integer>(record.integer(column)); }
template <Named T>
void from_column(const Record& record, int column, T& out) {
  const std::optional<T> value = provisioning::from_name<T>(record.text(column));
  if (!value) throw std::runtime_error("the database holds an unknown word: " + std::string(record.text(column)));
  out = *value;
}
template <class Tag>
void from_column(const Record& record, int column, base::TextId<Tag>& out) {
  out = base::TextId<Tag>(std::string(record.text(column)));
}
inline void from_column(const Record& record, int column, std::string& out) { out = record.text(column); }
inline void from_column(const Record& record, int column, Bytes& out) { out = base::to_bytes(record.blob(column)); }
inline void from_column(const Record& record, int column, base::Uuid& out) {
  constexpr std::size_t uuid_size = 16;
  if (record.blob(column).size() != uuid_size) throw std::runtime_error("the database holds a damaged id");
  out = base::Uuid::from_bytes(record.blob(column));
}
inline void from_column(const Record& record, int column, base::TimePoint& out) {
  out = base::from_unix_microseconds(record.integer(column));
}
inline void from_column(const Record& record, int column, base::RegistrationId& out) {
  auto id = base::RegistrationId::parse(record.text(column));
  if (!id) throw std::runtime_error("the database holds a damaged registration id");
  out = *std::move(id);
}
/// Chooses the alternative; its members have columns of their own, which follow.
inline void from_column(const Record& record, int column, provisioning::Attestation& out) {
  provisioning::AttestationKind kind{};
  from_column(record, column, kind);
  switch (kind) {
    case provisioning::AttestationKind::symmetric_key:
      out.emplace<provisioning::SymmetricKeyAttestation>();
      break;
    case provisioning::AttestationKind::tpm:
      out.emplace<provisioning::TpmAttestation>();
      break;
    case provisioning::AttestationKind::x509:
      out.emplace<provisioning::X509Attestation>();
      break;
    case provisioning::AttestationKind::tpm_vendor:
      out.emplace<provisioning::TpmVendorAttestation>();
      break;
  }
}
template <class T>
void from_column(const Record& record, int column, std::optional<T>& out) {
  out.reset();
  if (!record.is_null(column)) from_column(record, column, out.emplace());
}

/// Items of a list, as octets.
inline Bytes item_octets(const Bytes& item) { return item; }
inline Bytes item_octets(const std::string& item) { return base::to_bytes(item); }
inline Bytes item_octets(const base::HubName& item) { return base::to_bytes(item.str()); }
/// An IP rule as the list of its parts.
inline Bytes item_octets(const provisioning::IpRule& rule) {
  return encode_list({base::to_bytes(rule.name), base::to_bytes(provisioning::name_of(rule.action)),
                      base::to_bytes(rule.network), base::to_bytes(provisioning::name_of(rule.target))});
}
inline void from_octets(Bytes octets, Bytes& out) { out = std::move(octets); }
inline void from_octets(const Bytes& octets, std::string& out) { out = base::text_view(octets); }
inline void from_octets(const Bytes& octets, base::HubName& out) {
  out = base::HubName(std::string(base::text_view(octets)));
}

inline void from_octets(const Bytes& octets, provisioning::IpRule& out) {
  constexpr std::size_t parts_of_a_rule = 4;
  const std::vector<Bytes> parts = decode_list(octets);
  if (parts.size() != parts_of_a_rule) throw std::runtime_error("the database holds a damaged IP rule");
  const auto action = provisioning::from_name<provisioning::IpAction>(base::text_view(parts[1]));
  const auto target = provisioning::from_name<provisioning::IpTarget>(base::text_view(parts[3]));
  if (!action || !target) throw std::runtime_error("the database holds a damaged IP rule");
  out = {.name = std::string(base::text_view(parts[0])),
         .action = *action,
         .network = std::string(base::text_view(parts[2])),
         .target = *target};
}

template <class T>
struct IsList : std::false_type {};
template <class Item>
struct IsList<std::vector<Item>> : std::bool_constant<!std::is_same_v<Item, std::uint8_t>> {};

}  // namespace muster::store
