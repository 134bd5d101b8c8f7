// The server's own certificate: issued by the service CA, recorded, renewed before it ends.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "net/tls_context.hpp"
#include "provisioning/store.hpp"
#include "provisioning/vault.hpp"

namespace muster::server {

class ServerCertificate {
 public:
  ServerCertificate(provisioning::Store& store, provisioning::Vault& vault, const base::Clock& clock,
                    base::Random& random, std::vector<std::string> hosts);

  /// What TLS shows: the stored certificate, or a new one where there is none, where a third or less of its life is
  /// left, or where it lacks one of the hosts. Of several nodes on one database, all end up with one certificate.
  base::Task<net::TlsIdentity> current();

 private:
  base::Task<provisioning::IssuedCertificate> issue(std::optional<provisioning::IssuedCertificate> predecessor);
  bool still_good(const provisioning::IssuedCertificate& issued) const;

  provisioning::Store& store_;
  provisioning::Vault& vault_;
  const base::Clock& clock_;
  base::Random& random_;
  std::vector<std::string> hosts_;
};

}  // namespace muster::server
