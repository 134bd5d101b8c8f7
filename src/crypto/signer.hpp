// Signing by name, wherever the key lives.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/error.hpp"
#include "base/task.hpp"
#include "crypto/key.hpp"

namespace muster::crypto {

/// Signs with keys that it alone can reach. Asynchronous, because a key may live in a token or on another machine.
/// Safe to call from any thread.
class Signer {
 public:
  virtual ~Signer() = default;
  /// ECDSA with SHA-256 over the data, the signature in DER (RFC 3279 section 2.2.3). Throws where there is no key of
  /// that name.
  virtual base::Task<base::Result<Bytes>> sign(std::string key_id, Bytes data) = 0;
};

/// Keys in memory, unsealed.
class KeyringSigner final : public Signer {
 public:
  /// Replaces a key of the same name. Throws unless it is an elliptic curve key.
  void add(std::string key_id, PrivateKey key);
  base::Task<base::Result<Bytes>> sign(std::string key_id, Bytes data) override;

 private:
  PrivateKey find(const std::string& key_id) const;

  mutable std::mutex mutex_;
  std::map<std::string, PrivateKey> keys_;
};

}  // namespace muster::crypto
