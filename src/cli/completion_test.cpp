#include "cli/completion.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace muster::cli {
namespace {

const std::vector<CommandWords> commands = {{"", {"hub", "status"}, {"--json"}},
                                            {"hub", {"add", "list"}, {"--json"}},
                                            {"hub add", {}, {"--weight", "--json"}},
                                            {"hub list", {}, {"--json"}},
                                            {"status", {}, {"--json"}}};

/// What bash would offer for the last of these words.
std::string offered(const std::string& words) {
  std::string file = (std::filesystem::temp_directory_path() / "muster-completion-XXXXXX").string();
  const int descriptor = ::mkstemp(file.data());
  if (descriptor < 0) throw std::runtime_error("no temporary file");
  ::close(descriptor);
  std::ofstream(file) << completion_script("bash", commands) << "COMP_WORDS=(" << words
                      << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_muster\necho \"${COMPREPLY[@]}\"\n";
  std::string answer;
  if (FILE* bash = ::popen(("bash " + file).c_str(), "r")) {
    std::array<char, 256> piece{};
    while (std::fgets(piece.data(), piece.size(), bash) != nullptr) answer += piece.data();
    ::pclose(bash);
  }
  std::filesystem::remove(file);
  return answer;
}

TEST(Completion, OffersInBashWhatMayFollow) {
  EXPECT_EQ(offered("muster ''"), "hub status --json\n");
  EXPECT_EQ(offered("muster h"), "hub\n");
  EXPECT_EQ(offered("muster hub ''"), "add list --json\n");
  EXPECT_EQ(offered("muster hub add name --w"), "--weight\n");
  EXPECT_EQ(offered("muster --json hub l"), "list\n");
  EXPECT_EQ(offered("muster hub add list ''"), "--weight --json\n");
}

TEST(Completion, KnowsEveryCommandInEveryShell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell, commands);
    for (const char* path : {"muster hub add", "muster hub list", "muster status"})
      EXPECT_NE(script.find(path), std::string::npos) << shell << ' ' << path;
  }
  EXPECT_TRUE(completion_script("tcsh", commands).empty());
}

}  // namespace
}  // namespace muster::cli
