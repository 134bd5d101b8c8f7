#include "crypto/pem.hpp"

#include <gtest/gtest.h>

namespace muster::crypto {
namespace {

using base::Errc;

// RFC 7468 has lines of 64 characters; "QUFB" is "AAA".
const std::string one_block = "-----BEGIN THING-----\nQUFB\n-----END THING-----\n";

TEST(Pem, WritesLinesOf64Characters) {
  EXPECT_EQ(to_pem("THING", base::view("AAA")), one_block);
  const std::string longer = to_pem("THING", Bytes(49, 0));
  EXPECT_EQ(longer, "-----BEGIN THING-----\n" + std::string(64, 'A') + "\nAA==\n-----END THING-----\n");
}

TEST(Pem, FindsItsOwnBlocksAmongOthers) {
  const std::string text =
      "subject=CN=a\n" + one_block + "-----BEGIN KEY-----\n????\n-----END KEY-----\r\n" + one_block;
  const auto blocks = pem_blocks(text, "THING", 2);
  ASSERT_TRUE(blocks);
  EXPECT_EQ(*blocks, std::vector<Bytes>(2, base::to_bytes("AAA")));
}

TEST(Pem, RefusesOneBlockMoreThanAllowed) {
  EXPECT_TRUE(pem_blocks(one_block + one_block, "THING", 2));
  EXPECT_EQ(pem_blocks(one_block + one_block, "THING", 1).error().code(), Errc::too_many_items);
}

TEST(Pem, RefusesBlocksThatAreCutOffOrNoBase64) {
  for (const std::string text : {"-----BEGIN THING-----\nQUFB\n", "-----BEGIN THING-----\n????\n-----END THING-----\n",
                                 "-----BEGIN THING-----\nQUFB\n-----END OTHER-----\n"})
    EXPECT_EQ(pem_blocks(text, "THING", 2).error().code(), Errc::invalid_argument) << text;
}

}  // namespace
}  // namespace muster::crypto
