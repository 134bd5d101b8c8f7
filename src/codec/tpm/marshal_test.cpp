#include "codec/tpm/marshal.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace muster::codec::tpm {
namespace {

TEST(TpmReader, ReadsBigEndianAndSizedBuffers) {
  const Bytes octets = *base::from_hex(
      "0102"
      "03040506"
      "0002aabb"
      "cc");
  Reader reader(octets);
  EXPECT_EQ(reader.u16(), 0x0102U);
  EXPECT_EQ(reader.u32(), 0x03040506U);
  EXPECT_EQ(base::to_hex(reader.sized(2)), "aabb");
  EXPECT_FALSE(reader.failed());
  EXPECT_FALSE(reader.finished());
  EXPECT_EQ(base::to_hex(reader.bytes(1)), "cc");
  EXPECT_TRUE(reader.finished());
}

TEST(TpmReader, StaysFailedOnceSomethingIsMissing) {
  const Bytes octets = *base::from_hex("010203");
  Reader reader(octets);
  EXPECT_EQ(reader.u32(), 0x01020000U);
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reader.u16(), 0U);
  EXPECT_TRUE(reader.sized(10).empty());
  EXPECT_TRUE(reader.bytes(0).empty());
  EXPECT_FALSE(reader.finished());
}

TEST(TpmReader, RefusesBuffersBeyondTheLimitOrTheEnd) {
  const Bytes octets = *base::from_hex("0003aabbcc");
  Reader at_limit(octets);
  EXPECT_EQ(at_limit.sized(3).size(), 3U);
  Reader beyond_limit(octets);
  EXPECT_TRUE(beyond_limit.sized(2).empty());
  EXPECT_TRUE(beyond_limit.failed());
  Reader cut_off(ByteView(octets).first(4));
  EXPECT_TRUE(cut_off.sized(3).empty());
  EXPECT_TRUE(cut_off.failed());
}

TEST(TpmWriter, WritesWhatTheReaderReads) {
  Writer writer;
  EXPECT_EQ(base::to_hex(writer.u16(0x0102).u32(0x03040506).sized(Bytes{0xaa, 0xbb}).bytes(Bytes{0xcc}).take()),
            "0102030405060002aabbcc");
  EXPECT_TRUE(writer.take().empty());
}

TEST(TpmWriter, ThrowsWhereASizeDoesNotFit) {
  EXPECT_EQ(Writer().sized(Bytes(65535, 0)).take().size(), 65537U);
  EXPECT_THROW(Writer().sized(Bytes(65536, 0)), std::length_error);
}

}  // namespace
}  // namespace muster::codec::tpm
