#include "crypto/signer.hpp"

#include <stdexcept>
#include <utility>

namespace muster::crypto {

void KeyringSigner::add(std::string key_id, PrivateKey key) {
  if (!key.public_key().kind().starts_with("P-")) throw std::invalid_argument("not an elliptic curve key: " + key_id);
  const std::scoped_lock lock(mutex_);
  keys_.insert_or_assign(std::move(key_id), std::move(key));
}

base::Task<base::Result<Bytes>> KeyringSigner::sign(std::string key_id, Bytes data) {
  co_return find(key_id).sign_sha256(data);
}

PrivateKey KeyringSigner::find(const std::string& key_id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = keys_.find(key_id);
  if (found == keys_.end()) throw std::out_of_range("no signing key of the name " + key_id);
  return found->second;
}

}  // namespace muster::crypto
