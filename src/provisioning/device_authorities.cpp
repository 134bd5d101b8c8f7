#include "provisioning/device_authorities.hpp"

#include <stdexcept>

namespace muster::provisioning {

Task<DeviceAuthority> DeviceAuthorities::find(TenantId tenant) {
  const Authority issuing = co_await find_authority(store_, tenant, AuthorityKind::device_issuing);
  const Authority root = co_await find_authority(store_, tenant, AuthorityKind::device_root);
  DeviceAuthority found{.id = issuing.id,
                        .key_id = issuing.id.str(),
                        .issuing = *certificates_.get(issuing.certificate),
                        .root = *certificates_.get(root.certificate)};
  bool is_open = false;
  {
    const std::scoped_lock lock(mutex_);
    is_open = open_.contains(found.key_id);
  }
  if (!is_open) {
    SecretPlace place = key_place(issuing);
    const Secret octets = co_await vault_.open(std::move(place), issuing.key);
    auto key = crypto::PrivateKey::from_pkcs8(octets);
    if (!key) throw std::runtime_error("the device CA's key cannot be read: " + key.error().detail());
    signer_.add(found.key_id, std::move(*key));
    const std::scoped_lock lock(mutex_);
    open_.insert(found.key_id);
  }
  co_return found;
}

}  // namespace muster::provisioning
