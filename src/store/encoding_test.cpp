#include "store/encoding.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace muster::store {
namespace {

TEST(ListEncoding, PutsEachItemsLengthBeforeIt) {
  EXPECT_EQ(encode_list({}), Bytes{});
  EXPECT_EQ(encode_list({{0xab, 0xcd}, {}}), (Bytes{0, 0, 0, 2, 0xab, 0xcd, 0, 0, 0, 0}));
  const Bytes long_item(258, 1);
  EXPECT_EQ((decode_list(encode_list({long_item, {}, {5}}))), (std::vector<Bytes>{long_item, {}, {5}}));
}

TEST(ListEncoding, RefusesDamage) {
  const Bytes damaged[] = {{0}, {0, 0, 0}, {0, 0, 0, 1}, {0, 0, 0, 2, 1}, {0, 0, 0, 0, 9}, {0xff, 0xff, 0xff, 0xff, 1}};
  for (const Bytes& octets : damaged) EXPECT_THROW(decode_list(octets), std::runtime_error) << base::to_hex(octets);
}

TEST(ListEncoding, RefusesHeadsThatAreNotWhole) {
  const Bytes tenant{'a'};
  const Bytes writer(16, 1);
  const Bytes sequence{0, 0, 0, 0, 0, 1, 0, 2};
  const Bytes digest(32, 7);
  const auto heads = decode_heads(encode_list({tenant, writer, sequence, digest}));
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_EQ(heads[0].sequence, 65538);
  EXPECT_EQ(heads[0].tenant.str(), "a");
  EXPECT_THROW(decode_heads(encode_list({tenant, writer, sequence})), std::runtime_error);
  EXPECT_THROW(decode_heads(encode_list({tenant, Bytes(15), sequence, digest})), std::runtime_error);
  EXPECT_THROW(decode_heads(encode_list({tenant, writer, Bytes(7), digest})), std::runtime_error);
}

}  // namespace
}  // namespace muster::store
