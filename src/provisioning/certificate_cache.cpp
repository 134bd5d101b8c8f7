#include "provisioning/certificate_cache.hpp"

#include <stdexcept>

namespace muster::provisioning {

std::optional<crypto::Certificate> CertificateCache::get(const base::Bytes& der) {
  if (der.empty()) return std::nullopt;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = parsed_.find(der); known != parsed_.end()) return known->second;
  }
  auto parsed = crypto::Certificate::from_der(der);
  if (!parsed) throw std::runtime_error("an enrolled certificate cannot be read: " + parsed.error().detail());
  const std::lock_guard lock(mutex_);
  if (parsed_.size() >= size_max) parsed_.clear();
  parsed_.emplace(der, *parsed);
  return *parsed;
}

}  // namespace muster::provisioning
