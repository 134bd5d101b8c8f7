// The directory that holds everything a node keeps: database, master key, configuration.
#pragma once

#include <filesystem>

#include "base/random.hpp"
#include "base/secret.hpp"

namespace muster::server {

/// Files of mode 0600 in a directory of mode 0700. All functions throw std::runtime_error with one sentence where the
/// file system says no.
class DataDirectory {
 public:
  /// A slash at the end does not count.
  explicit DataDirectory(const std::filesystem::path& path) : path_(path.has_filename() ? path : path.parent_path()) {}

  /// Makes the directory where there is none. Refuses one that others can read.
  void prepare() const;
  /// Whether it was initialized: it has a master key and a configuration.
  bool is_initialized() const;

  std::filesystem::path database() const { return path_ / "muster.db"; }
  std::filesystem::path configuration() const { return path_ / "muster.toml"; }
  /// The service's root certificate, PEM: what clients trust. Public.
  std::filesystem::path ca_certificate() const { return path_ / "ca.pem"; }
  /// The certificate that the audit trail's checkpoints are signed under, PEM. Public.
  std::filesystem::path audit_certificate() const { return path_ / "audit.pem"; }
  const std::filesystem::path& path() const { return path_; }

  /// 32 octets. Refuses a file that others can read or that has another size.
  base::Secret master_key() const;
  /// Draws a master key where there is none; never replaces one, not even that of another process that starts too.
  /// Refuses where there is a database without its key: another key could not open what is sealed in it.
  void make_master_key(base::Random& random) const;

  /// Writes a file whole or not at all, durably.
  void write(const std::filesystem::path& file, base::ByteView content) const;

 private:
  enum class Existing { is_replaced, stays };
  void put(const std::filesystem::path& file, base::ByteView content, Existing existing) const;
  std::filesystem::path key_file() const { return path_ / "master.key"; }
  std::filesystem::path path_;
};

}  // namespace muster::server
