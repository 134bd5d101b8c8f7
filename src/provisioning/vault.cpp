#include "provisioning/vault.hpp"

#include <iterator>
#include <stdexcept>

#include "crypto/hash.hpp"
#include "crypto/seal.hpp"

namespace muster::provisioning {
namespace {

constexpr std::size_t version_octets = 4;

/// Every part with its length before it, so that no two places have the same octets.
Bytes associated_data(const SecretPlace& place) {
  Bytes octets;
  for (const std::string* part : {&place.tenant.str(), &place.table, &place.row}) {
    const auto size = static_cast<std::uint32_t>(part->size());
    for (int shift = 24; shift >= 0; shift -= 8)
      octets.push_back(static_cast<std::uint8_t>(size >> static_cast<unsigned>(shift)));
    octets.insert(octets.end(), part->begin(), part->end());
  }
  return octets;
}

SecretPlace place_of(const DataKey& key) { return {key.tenant, "data_key", std::to_string(key.version)}; }

Bytes with_version(int version, ByteView sealed) {
  Bytes octets;
  for (int shift = 24; shift >= 0; shift -= 8)
    octets.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(version) >> static_cast<unsigned>(shift)));
  octets.insert(octets.end(), sealed.begin(), sealed.end());
  return octets;
}

std::string describe(const SecretPlace& place) { return place.tenant.str() + "/" + place.table + "/" + place.row; }

}  // namespace

Vault::Vault(Secret master_key, int master_version, Store& store, base::Random& random)
    : master_key_(std::move(master_key)), master_version_(master_version), store_(store), random_(random) {
  if (master_key_.size() != crypto::seal_key_size) throw std::invalid_argument("the master key must have 32 octets");
}

DataKey Vault::make_data_key(const TenantId& tenant, int version, TimePoint now) {
  DataKey key{.tenant = tenant, .version = version, .master_version = master_version_, .sealed = {}, .created_at = now};
  const Secret fresh = random_.secret(crypto::seal_key_size);
  key.sealed = crypto::seal(master_key_, fresh.reveal(), associated_data(place_of(key)), random_);
  return key;
}

DataKey Vault::reseal(const DataKey& key, const Vault& old) {
  const Secret opened = old.open_data_key(key);
  DataKey resealed = key;
  resealed.master_version = master_version_;
  resealed.sealed = crypto::seal(master_key_, opened.reveal(), associated_data(place_of(key)), random_);
  return resealed;
}

Secret Vault::open_data_key(const DataKey& key) const {
  auto opened = crypto::unseal(master_key_, key.sealed, associated_data(place_of(key)));
  if (!opened)
    throw std::runtime_error("the data key of tenant " + key.tenant.str() +
                             " does not open: master.key is not the key of this database");
  return std::move(*opened);
}

std::optional<Vault::OpenKey> Vault::find_open(const TenantId& tenant, std::optional<int> version) {
  const std::lock_guard lock(mutex_);
  const auto& keys = open_keys_[tenant];
  if (keys.empty()) return std::nullopt;
  const auto key = version ? keys.find(*version) : std::prev(keys.end());
  if (key == keys.end()) return std::nullopt;
  return OpenKey{key->first, key->second};
}

Task<Vault::OpenKey> Vault::data_key(TenantId tenant, std::optional<int> version) {
  if (auto known = find_open(tenant, version)) co_return std::move(*known);
  const auto keys = co_await store_.list_data_keys(tenant);
  for (const auto& key : keys) {
    Secret opened = open_data_key(key);
    const std::lock_guard lock(mutex_);
    open_keys_[tenant][key.version] = std::move(opened);
  }
  auto found = find_open(tenant, version);
  if (!found) throw std::runtime_error("tenant " + tenant.str() + " has no data key of that version");
  co_return std::move(*found);
}

Task<SealedSecret> Vault::seal(SecretPlace place, Secret secret) {
  const OpenKey key = co_await data_key(place.tenant, std::nullopt);
  co_return with_version(key.version, crypto::seal(key.key, secret.reveal(), associated_data(place), random_));
}

SealedSecret Vault::seal_with(const DataKey& key, const SecretPlace& place, const Secret& secret) {
  const Secret opened = open_data_key(key);
  return with_version(key.version, crypto::seal(opened, secret.reveal(), associated_data(place), random_));
}

Task<Bytes> Vault::authentication_code(SecretPlace place, Bytes message) {
  const OpenKey key = co_await data_key(place.tenant, std::nullopt);
  // The data key itself seals; what authenticates is derived from it, so that neither use tells about the other.
  const Secret derived(base::to_bytes(crypto::hmac_sha256(key.key.reveal(), base::view("muster authentication code"))));
  Bytes octets = associated_data(place);
  octets.insert(octets.end(), message.begin(), message.end());
  co_return base::to_bytes(crypto::hmac_sha256(derived.reveal(), octets));
}

void Vault::forget(const TenantId& tenant) {
  const std::lock_guard lock(mutex_);
  open_keys_.erase(tenant);
}

Task<Secret> Vault::open(SecretPlace place, SealedSecret sealed) {
  if (sealed.size() < version_octets) throw std::runtime_error("a sealed secret is too short: " + describe(place));
  std::uint32_t version = 0;
  for (std::size_t i = 0; i < version_octets; ++i) version = version << 8U | sealed[i];
  const OpenKey key = co_await data_key(place.tenant, static_cast<int>(version));
  auto opened = crypto::unseal(key.key, ByteView(sealed).subspan(version_octets), associated_data(place));
  if (!opened) throw std::runtime_error("a sealed secret does not open: " + describe(place));
  co_return std::move(*opened);
}

}  // namespace muster::provisioning
