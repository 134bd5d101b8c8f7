#include "cli/input.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/bytes.hpp"
#include "base/temporary_directory_test.hpp"
#include "cli/failure.hpp"
#include "cli/server.hpp"

namespace muster::cli {
namespace {

class InputTest : public ::testing::Test {
 protected:
  std::string write(const std::string& content) {
    const auto name = directory / "input";
    std::ofstream(name, std::ios::binary) << content;
    return name.string();
  }

  template <class Act>
  static ExitCode code_of(Act act) {
    try {
      act();
    } catch (const Failure& failure) {
      return failure.code();
    }
    return ExitCode::done;
  }

  base::TemporaryDirectory temporary;
  const std::filesystem::path& directory = temporary.path();
};

TEST_F(InputTest, TakesBase64AsValueAndOutOfFiles) {
  EXPECT_EQ(base64_of("AAEC/w==", "the key"), "AAEC/w==");
  const std::string file = write("AAEC\n/w==\n");
  EXPECT_EQ(base64_of(file, "the key"), "AAEC/w==");
  EXPECT_EQ(base64_of("@" + file, "the key"), "AAEC/w==");
}

TEST_F(InputTest, EncodesFilesOfOctets) {
  const std::string file = write(std::string("\x00\x01\x02\xff", 4));
  EXPECT_EQ(base64_of(file, "the key"), "AAEC/w==");
  EXPECT_EQ(certificate_text(file), "AAEC/w==");
}

TEST_F(InputTest, LeavesPemAsItIs) {
  const std::string pem = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(certificate_text(write(pem)), pem);
}

TEST_F(InputTest, RefusesWhatCanNotBeRead) {
  EXPECT_EQ(code_of([] { base64_of("no file and no base64!", "the key"); }), ExitCode::input);
  EXPECT_EQ(code_of([] { base64_of("@nowhere", "the key"); }), ExitCode::input);
  EXPECT_EQ(code_of([&] { base64_of(write(""), "the key"); }), ExitCode::input);
  EXPECT_EQ(code_of([&] { read_file(directory.string()); }), ExitCode::input);
  EXPECT_EQ(code_of([&] { read_file(write(std::string(input_size_max + 1, 'x'))); }), ExitCode::input);
}

TEST_F(InputTest, TakesTheTokenFromAFileOrTheVariable) {
  ::setenv("MUSTER_TOKEN", "mst_variable", 1);
  EXPECT_EQ(base::text_view(read_token("").reveal()), "mst_variable");
  EXPECT_EQ(base::text_view(read_token(write("mst_file\n")).reveal()), "mst_file");
  ::unsetenv("MUSTER_TOKEN");
  EXPECT_EQ(code_of([] { read_token(""); }), ExitCode::input);
}

TEST_F(InputTest, SpeaksHttpsOnly) {
  for (const char* url : {"http://localhost", "localhost:8443", "", "ftp://localhost"})
    EXPECT_EQ(code_of([&] {
                ConnectionOptions options;
                options.url = url;
                connect(std::move(options));
              }),
              ExitCode::input)
        << url;
}

TEST_F(InputTest, SaysThatNobodyAnswers) {
  ConnectionOptions options;
  options.url = "https://127.0.0.1:1";  // tcpmux: reserved, and nobody may listen there without being root
  const auto server = connect(std::move(options));
  EXPECT_EQ(code_of([&] { server->send("GET", "/", {}, {}); }), ExitCode::connection);
}

}  // namespace
}  // namespace muster::cli
