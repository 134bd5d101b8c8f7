#include "agent/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "agent/outcome.hpp"
#include "base/temporary_directory_test.hpp"

namespace muster::agent {
namespace {

class Files : public testing::Test {
 protected:
  std::string path(const char* name) const { return (directory_.path() / name).string(); }

  base::TemporaryDirectory directory_;
};

TEST_F(Files, WritesForTheOwnerOnlyAndOverTheFormerOne) {
  write_private_file(path("result"), "a longer text");
  write_private_file(path("result"), "short");
  EXPECT_EQ(read_file(path("result")), "short");
  struct stat status {};
  ASSERT_EQ(::stat(path("result").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_FALSE(std::filesystem::exists(path("result.new")));
}

TEST_F(Files, RefusesToWriteWhereThereIsNoDirectory) {
  EXPECT_THROW(write_private_file(path("missing/result"), "x"), Failure);
}

TEST_F(Files, RefusesMissingFilesAndLongOnes) {
  EXPECT_THROW(read_file(path("missing")), Failure);
  write_private_file(path("longest"), std::string(file_size_max, 'x'));
  EXPECT_EQ(read_file(path("longest")).size(), file_size_max);
  write_private_file(path("too-long"), std::string(file_size_max + 1, 'x'));
  EXPECT_THROW(read_file(path("too-long")), Failure);
}

TEST_F(Files, ReadsKeysWithLineEnds) {
  write_private_file(path("key"), "c3lta2V5\n");
  EXPECT_EQ(base::text_view(read_key_file(path("key")).reveal()), "symkey");
}

TEST_F(Files, RefusesWhatIsNoKey) {
  EXPECT_THROW(read_key_text("", "key"), Failure);
  EXPECT_THROW(read_key_text("not base64!", "key"), Failure);
  EXPECT_THROW(read_key_text(base::to_base64(base::Bytes(65)), "key"), Failure);
  EXPECT_EQ(read_key_text(base::to_base64(base::Bytes(64)), "key").size(), 64U);
}

}  // namespace
}  // namespace muster::agent
