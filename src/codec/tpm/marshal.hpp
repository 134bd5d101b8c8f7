// The byte order and the sized buffers of TPM 2.0 structures (TPM 2.0 Library, Part 2, section 4).
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace muster::codec::tpm {

using base::Bytes;
using base::ByteView;

/// Reads big-endian integers and TPM2B buffers from octets that belong to somebody else. Once anything is missing or
/// too long, `failed()` stays true and every further read yields zero or nothing, so that a structure is read in a
/// straight line and checked once at its end.
class Reader {
 public:
  explicit Reader(ByteView octets) : rest_(octets) {}

  std::uint16_t u16();
  std::uint32_t u32();
  ByteView bytes(std::size_t size);
  /// The contents of a TPM2B of at most `size_max` octets.
  ByteView sized(std::size_t size_max);

  ByteView rest() const { return rest_; }
  bool failed() const { return failed_; }
  /// True where everything was there and nothing is left.
  bool finished() const { return !failed_ && rest_.empty(); }

 private:
  ByteView rest_;
  bool failed_ = false;
};

/// Writes the same. Who writes secrets says how many octets there will be, so that growing leaves no copy behind.
class Writer {
 public:
  explicit Writer(std::size_t size_expected = 0) { octets_.reserve(size_expected); }

  Writer& u16(std::uint16_t number);
  Writer& u32(std::uint32_t number);
  Writer& bytes(ByteView octets);
  /// A TPM2B. Throws std::length_error beyond 65535 octets.
  Writer& sized(ByteView contents);
  /// What was written so far; the writer is empty afterwards.
  Bytes take();

 private:
  Bytes octets_;
};

}  // namespace muster::codec::tpm
