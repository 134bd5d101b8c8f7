// Writing DER (ITU-T X.690), for the few structures that Muster puts together itself.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/clock.hpp"
#include "crypto/hash.hpp"

namespace muster::crypto::der {

enum class Tag : std::uint8_t {
  boolean = 0x01,
  integer = 0x02,
  bit_string = 0x03,
  octet_string = 0x04,
  object_identifier = 0x06,
  utf8_string = 0x0c,
  utc_time = 0x17,
  generalized_time = 0x18,
  sequence = 0x30,
  set = 0x31,
};

/// One value with its tag and length; the parts make up its contents.
Bytes value(std::uint8_t tag, std::initializer_list<ByteView> parts);
Bytes value(Tag tag, std::initializer_list<ByteView> parts);

/// [number] around a value (explicit, constructed) or in place of its tag (implicit, primitive); below 31.
Bytes constructed(unsigned number, ByteView contents);
Bytes primitive(unsigned number, ByteView contents);

Bytes boolean(bool is_true);
/// A number that is not negative.
Bytes integer(std::uint64_t number);
/// A positive number of any size, big-endian; leading zeros are dropped.
Bytes integer(ByteView big_endian);
/// "1.2.840.10045.4.3.2". Throws where it is none.
Bytes object_identifier(std::string_view dotted);
/// Of a small enumeration, below 128.
Bytes enumerated(std::uint8_t number);
/// Whole octets.
Bytes bit_string(ByteView octets);
/// A NamedBitList (X.690 section 11.2.2): bit i of `bits` is the named bit i, below 16.
Bytes named_bits(std::uint16_t bits);
/// RFC 5280 section 4.1.2.5: UTCTime up to 2049, GeneralizedTime from 2050; whole seconds, rounded down.
Bytes time(base::TimePoint time);
/// GeneralizedTime whatever the year, as RFC 6960 has it; whole seconds, rounded down.
Bytes generalized_time(base::TimePoint time);

}  // namespace muster::crypto::der
