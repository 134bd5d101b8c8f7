#include "server/data_directory.hpp"

#include "server/fixture_test.hpp"

namespace muster::server {
namespace {

namespace fs = std::filesystem;

class DataDirectoryTest : public ::testing::Test {
 protected:
  base::TemporaryDirectory temporary;
  base::SequenceRandom random;
  const fs::path path = temporary.path() / "deep" / "data";
  const DataDirectory directory{path};
};

TEST_F(DataDirectoryTest, IsMadeForItsOwnerAlone) {
  directory.prepare();
  EXPECT_EQ(mode_of(path), 0700U);
  EXPECT_NO_THROW(directory.prepare());
  EXPECT_FALSE(directory.is_initialized());
}

TEST_F(DataDirectoryTest, IsMadeForItsOwnerAloneWithASlashAtTheEndToo) {
  const DataDirectory with_slash(path.string() + "/");
  EXPECT_NO_THROW(with_slash.prepare());
  EXPECT_EQ(mode_of(path), 0700U);
  EXPECT_EQ(with_slash.database(), directory.database());
}

TEST_F(DataDirectoryTest, IsRefusedWhereOthersCanLookInside) {
  directory.prepare();
  for (const auto open : {fs::perms::group_read, fs::perms::others_read, fs::perms::others_exec}) {
    fs::permissions(path, fs::perms::owner_all | open);
    EXPECT_EQ(fault_of([&] { directory.prepare(); }),
              path.string() + ": others can read it; make it private with chmod 700");
  }
}

TEST_F(DataDirectoryTest, CannotStandWhereAFileIs) {
  fs::create_directories(path.parent_path());
  write_text(path, "");
  EXPECT_NE(fault_of([&] {
              directory.prepare();
              directory.make_master_key(random);
            }),
            "");
}

TEST_F(DataDirectoryTest, DrawsItsMasterKeyOnceForItsOwnerAlone) {
  directory.prepare();
  directory.make_master_key(random);
  const auto key = directory.master_key();
  EXPECT_EQ(key.size(), 32U);
  EXPECT_EQ(mode_of(path / "master.key"), 0600U);
  directory.make_master_key(random);
  EXPECT_EQ(base::to_hex(directory.master_key().reveal()), base::to_hex(key.reveal()));
  EXPECT_EQ(std::distance(fs::directory_iterator(path), {}), 1);
}

TEST_F(DataDirectoryTest, RefusesAMasterKeyThatOthersCanRead) {
  directory.prepare();
  directory.make_master_key(random);
  fs::permissions(path / "master.key", fs::perms::owner_read | fs::perms::group_read);
  EXPECT_EQ(fault_of([&] { directory.master_key(); }),
            (path / "master.key").string() + ": others can read it; make it private with chmod 600");
}

TEST_F(DataDirectoryTest, RefusesAMasterKeyOfAnotherSize) {
  directory.prepare();
  for (const std::size_t size : {0U, 31U, 33U, 1000U}) {
    directory.write(path / "master.key", base::Bytes(size, 1));
    EXPECT_EQ(fault_of([&] { directory.master_key(); }),
              (path / "master.key").string() + ": a master key has 32 octets")
        << size;
  }
}

TEST_F(DataDirectoryTest, SaysThatTheMasterKeyIsMissing) {
  directory.prepare();
  EXPECT_NE(fault_of([&] { directory.master_key(); }).find("No such file"), std::string::npos);
}

TEST_F(DataDirectoryTest, WritesFilesWholeForTheirOwnerAlone) {
  directory.prepare();
  directory.write(directory.configuration(), base::view("one"));
  directory.write(directory.configuration(), base::view("two"));
  EXPECT_EQ(read_text(directory.configuration()), "two");
  EXPECT_EQ(mode_of(directory.configuration()), 0600U);
  EXPECT_EQ(std::distance(fs::directory_iterator(path), {}), 1);
}

TEST_F(DataDirectoryTest, IsInitializedWithKeyAndConfiguration) {
  prepare_directory(directory, {}, random);
  EXPECT_TRUE(directory.is_initialized());
  fs::remove(directory.configuration());
  EXPECT_FALSE(directory.is_initialized());
}

TEST_F(DataDirectoryTest, KeepsAConfigurationThatIsThere) {
  directory.prepare();
  directory.write(directory.configuration(), base::view("threads = 1\n"));
  prepare_directory(directory, {}, random);
  EXPECT_EQ(read_text(directory.configuration()), "threads = 1\n");
}

}  // namespace
}  // namespace muster::server
