#include "provisioning/first_rows.hpp"

#include "provisioning/authorities.hpp"

namespace muster::provisioning {

FirstRows::FirstRows(TenantId tenant, Vault& vault, TimePoint now, base::Random& random)
    : vault_(vault), now_(now), random_(random), data_key_(vault.make_data_key(tenant, 1, now)) {
  write_.tenant = std::move(tenant);
  add(data_key_);
}

void FirstRows::add_authority(AuthorityKind kind, const crypto::Certificate& certificate,
                              const crypto::PrivateKey& key) {
  Authority authority{.tenant = write_.tenant,
                      .kind = kind,
                      .id = Uuid::draw(random_),
                      .certificate = certificate.der(),
                      .key = {},
                      .created_at = now_};
  authority.key = seal(key_place(authority), key.pkcs8());
  add(std::move(authority));
}

Write FirstRows::take(AuditEvent event) {
  write_.audit.push_back(std::move(event));
  return std::move(write_);
}

}  // namespace muster::provisioning
