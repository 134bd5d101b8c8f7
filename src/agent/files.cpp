#include "agent/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "agent/outcome.hpp"

namespace muster::agent {
namespace {

constexpr std::size_t key_size_max = 64;

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw Failure(ExitCode::configuration, path + ": " + reason);
}

[[noreturn]] void fail_with_errno(const std::string& path) { fail(path, std::generic_category().message(errno)); }

void write_all(int file, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno(path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file) != 0) fail_with_errno(path);
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_with_errno(path);
  std::string content(file_size_max + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (file.bad()) fail(path, "cannot be read");
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (content.size() > file_size_max) fail(path, "is longer than 64 KiB");
  return content;
}

base::Secret read_key_text(std::string_view text, const std::string& origin) {
  auto octets = base::from_base64_lenient(text);
  if (!octets || octets->empty()) fail(origin, "is not a key in base64");
  base::Secret key(std::move(*octets));
  if (key.size() > key_size_max) fail(origin, "is longer than a key may be (64 octets)");
  return key;
}

base::Secret read_key_file(const std::string& path) {
  std::string text = read_file(path);
  base::Secret key;
  try {
    key = read_key_text(text, path);
  } catch (...) {
    base::wipe(text);
    throw;
  }
  base::wipe(text);
  return key;
}

void write_private_file(const std::string& path, std::string_view content) {
  const std::string draft = path + ".new";
  ::unlink(draft.c_str());
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) fail_with_errno(draft);
  try {
    write_all(file, content, draft);
  } catch (...) {
    ::close(file);
    ::unlink(draft.c_str());
    throw;
  }
  ::close(file);
  if (std::rename(draft.c_str(), path.c_str()) != 0) fail_with_errno(path);
}

}  // namespace muster::agent
