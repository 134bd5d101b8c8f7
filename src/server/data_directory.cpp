#include "server/data_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace muster::server {
namespace {

constexpr std::size_t master_key_size = 32;

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what) {
  throw std::runtime_error(file.string() + ": " + what);
}

[[noreturn]] void fail_with_errno(const std::filesystem::path& file, const std::string& act) {
  fail(file, "cannot " + act + ": " + std::strerror(errno));
}

void require_private(const std::filesystem::path& file, const char* advice) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) fail_with_errno(file, "look at it");
  if ((status.st_mode & 077U) != 0) fail(file, std::string("others can read it; ") + advice);
}

/// An open file that closes itself.
class File {
 public:
  File(const std::filesystem::path& path, int flags, mode_t mode = 0)
      : fd_(open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

}  // namespace

void DataDirectory::prepare() const {
  std::error_code fault;
  std::filesystem::create_directories(path_.parent_path(), fault);
  if (mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) fail_with_errno(path_, "make the data directory");
  require_private(path_, "make it private with chmod 700");
}

bool DataDirectory::is_initialized() const {
  return std::filesystem::exists(key_file()) && std::filesystem::exists(configuration());
}

base::Secret DataDirectory::master_key() const {
  require_private(key_file(), "make it private with chmod 600");
  const File file(key_file(), O_RDONLY);
  if (!file) fail_with_errno(key_file(), "read the master key");
  std::array<std::uint8_t, master_key_size + 1> octets{};
  const ssize_t size = read(file.get(), octets.data(), octets.size());
  if (size != static_cast<ssize_t>(master_key_size)) fail(key_file(), "a master key has 32 octets");
  base::Secret key(base::Bytes(octets.begin(), octets.begin() + master_key_size));
  base::wipe(octets);
  return key;
}

void DataDirectory::make_master_key(base::Random& random) const {
  if (std::filesystem::exists(database()) && !std::filesystem::exists(key_file()))
    fail(key_file(), "it is missing, and only it opens the secrets of " + database().string() + "; put it back");
  const base::Secret key = random.secret(master_key_size);
  put(key_file(), key.reveal(), Existing::stays);
}

void DataDirectory::write(const std::filesystem::path& file, base::ByteView content) const {
  put(file, content, Existing::is_replaced);
}

void DataDirectory::put(const std::filesystem::path& file, base::ByteView content, Existing existing) const {
  const std::filesystem::path fresh = file.string() + ".new-" + std::to_string(getpid());
  {
    const File out(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (!out) fail_with_errno(fresh, "write");
    while (!content.empty()) {
      const ssize_t written = ::write(out.get(), content.data(), content.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail_with_errno(fresh, "write");
      content = content.subspan(static_cast<std::size_t>(written));
    }
    if (fsync(out.get()) != 0) fail_with_errno(fresh, "write");
  }
  if (existing == Existing::is_replaced) {
    if (rename(fresh.c_str(), file.c_str()) != 0) fail_with_errno(file, "write");
  } else {
    // Of two processes that start at the same moment, the file system lets one make the link.
    const bool is_made = link(fresh.c_str(), file.c_str()) == 0 || errno == EEXIST;
    const int fault = errno;
    unlink(fresh.c_str());
    errno = fault;
    if (!is_made) fail_with_errno(file, "write");
  }
  const File directory(path_, O_RDONLY | O_DIRECTORY);
  if (!directory || fsync(directory.get()) != 0) fail_with_errno(path_, "write the directory");
}

}  // namespace muster::server
