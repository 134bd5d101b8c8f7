#include "server/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace muster::server {
namespace {

using net::LogLevel;

/// What one entry with one field looks like on standard error.
std::string written(const std::string& format, std::string_view value, LogLevel level = LogLevel::info,
                    const std::string& least = "info") {
  testing::internal::CaptureStderr();
  {
    ServerLog log({.format = format, .level = least});
    log.write(level, "something_happened", {{"code", "fixed"}, {"path", value}});
  }
  return testing::internal::GetCapturedStderr();
}

TEST(ServerLog, WritesPlainLinesForPeople) {
  const std::string line = written("plain", "/enrollments/dev-1");
  EXPECT_TRUE(line.ends_with(" info something_happened code=fixed path=/enrollments/dev-1\n")) << line;
}

TEST(ServerLog, WritesJsonForMachines) {
  const auto entry = boost::json::parse(written("json", "a b")).as_object();
  EXPECT_EQ(entry.at("level").as_string(), "info");
  EXPECT_EQ(entry.at("event").as_string(), "something_happened");
  EXPECT_EQ(entry.at("code").as_string(), "fixed");
  EXPECT_EQ(entry.at("path").as_string(), "a b");
  EXPECT_TRUE(entry.at("at").as_string().ends_with("Z"));
}

// A stranger must be able neither to begin a line of its own nor to give orders to a terminal.
TEST(ServerLog, KeepsWhatAStrangerSendsInOneLineOfPlainCharacters) {
  using namespace std::string_literals;
  const std::string values[] = {"x\n2026 error forged"s,
                                "x\r\n"s,
                                "\x1b[31mred"s,
                                "\0"s,
                                "quote\" and \\"s,
                                "\x7f\x80\x9b\xff"s,
                                "\xe2\x80\xa8 line separator"s,
                                "\xc3"s,
                                ""s,
                                "a=b c=d"s};
  for (const auto& format : {"plain", "json"})
    for (const auto& value : values) {
      const std::string line = written(format, value);
      EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
      EXPECT_TRUE(std::all_of(line.begin(), line.end() - 1, [](char c) { return c >= ' ' && c <= '~'; })) << line;
      EXPECT_TRUE(format == std::string("plain") || boost::json::parse(line).is_object()) << line;
    }
  EXPECT_TRUE(written("plain", "a=b c=d").ends_with(" path=\"a=b c=d\"\n"));
  EXPECT_TRUE(written("plain", "").ends_with(" path=\"\"\n"));
}

TEST(ServerLog, CutsLongValues) {
  EXPECT_NE(written("plain", std::string(512, 'x')).find(std::string(512, 'x')), std::string::npos);
  EXPECT_EQ(written("plain", std::string(513, 'x')).find(std::string(513, 'x')), std::string::npos);
  EXPECT_LT(written("json", std::string(100000, '\n')).size(), 5000U);
}

TEST(ServerLog, LeavesOutWhatIsBelowItsLevel) {
  const LogLevel levels[] = {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error};
  const char* names[] = {"debug", "info", "warning", "error"};
  for (std::size_t least = 0; least < 4; ++least)
    for (std::size_t level = 0; level < 4; ++level)
      EXPECT_EQ(!written("plain", "x", levels[level], names[least]).empty(), level >= least)
          << names[level] << " in a log of " << names[least];
}

}  // namespace
}  // namespace muster::server
