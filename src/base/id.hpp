// Ids are types, so that one cannot be passed for another.
#pragma once

#include <array>
#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

namespace muster::base {

/// A text id of one kind. `Tag` keeps kinds apart.
template <class Tag>
class TextId {
 public:
  TextId() = default;
  explicit TextId(std::string text) : text_(std::move(text)) {}
  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const TextId&) const = default;

 private:
  std::string text_;
};

/// A tenant's own id: short, fixed for ever, used as the first part of every primary key.
using TenantId = TextId<struct TenantIdTag>;
/// "0ne" and eight hexadecimal digits; what a device names its tenant by.
using IdScope = TextId<struct IdScopeTag>;
/// An enrollment group's id, compared exactly as stored (folded to lower case on the way in).
using GroupId = TextId<struct GroupIdTag>;
/// A hub's host name, lower case.
using HubName = TextId<struct HubNameTag>;

/// A device's name towards Azure clients: 1 to 128 letters, digits and - . _ :, the last a letter, a digit or a dash.
/// Keeps the spelling that it was made with; compares without regard to case.
class RegistrationId {
 public:
  RegistrationId() = default;
  /// Nothing where the text is not a valid id.
  static std::optional<RegistrationId> parse(std::string_view text);

  const std::string& str() const { return text_; }
  /// Lower case: what is looked up and compared.
  const std::string& folded() const { return folded_; }
  bool operator==(const RegistrationId& other) const { return folded_ == other.folded_; }

 private:
  RegistrationId(std::string text, std::string folded) : text_(std::move(text)), folded_(std::move(folded)) {}
  std::string text_;
  std::string folded_;
};

/// 128 bits that name one thing for ever: a device, an operation, a node's incarnation.
class Uuid {
 public:
  Uuid() = default;
  /// RFC 9562 version 4: 122 random bits.
  static Uuid draw(Random& random);
  /// RFC 9562 version 7: the time in milliseconds and 74 random bits. What is made together stands together in a
  /// database's indices, so that a group of new devices touches few pages.
  static Uuid draw_ordered(TimePoint now, Random& random);
  /// The usual 8-4-4-4-12 form, or 32 hexadecimal digits.
  static std::optional<Uuid> parse(std::string_view text);
  static Uuid from_bytes(ByteView sixteen_bytes);

  std::string str() const;
  ByteView bytes() const { return bytes_; }
  auto operator<=>(const Uuid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

using DeviceId = Uuid;

}  // namespace muster::base
