// The bits of MQTT's headers (3.1.1 sections 2.2 and 3.1.2.3, 5.0 the same). Internal to this folder.
#pragma once

#include <cstdint>

namespace muster::codec::mqtt {

enum class PacketType : std::uint8_t {
  connect = 1,
  connack = 2,
  publish = 3,
  puback = 4,
  pubrec = 5,
  pubrel = 6,
  pubcomp = 7,
  subscribe = 8,
  suback = 9,
  unsubscribe = 10,
  unsuback = 11,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
  auth = 15,
};

// The fixed header's first octet.
inline constexpr unsigned type_shift = 4;
inline constexpr std::uint8_t flags_mask = 0x0f;
inline constexpr std::uint8_t fixed_flags_of_requests = 0x02;
inline constexpr std::uint8_t retain_flag = 0x01;
inline constexpr std::uint8_t duplicate_flag = 0x08;
inline constexpr unsigned qos_shift = 1;
inline constexpr std::uint8_t qos_mask = 0x03;

// CONNECT's flags.
inline constexpr std::uint8_t reserved_flag = 0x01;
inline constexpr std::uint8_t clean_session_flag = 0x02;
inline constexpr std::uint8_t will_flag = 0x04;
inline constexpr unsigned will_qos_shift = 3;
inline constexpr std::uint8_t will_retain = 0x20;
inline constexpr std::uint8_t password_flag = 0x40;
inline constexpr std::uint8_t user_name_flag = 0x80;

// A subscription's options; retain handling 3 does not exist (5.0 section 3.8.3.1).
inline constexpr std::uint8_t subscription_reserved_3_1_1 = 0xfc;
inline constexpr std::uint8_t subscription_reserved_5 = 0xc0;
inline constexpr std::uint8_t retain_handling_mask = 0x30;

}  // namespace muster::codec::mqtt
