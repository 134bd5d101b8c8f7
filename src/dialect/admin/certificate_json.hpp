// Stored certificates as JSON.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/bytes.hpp"

namespace muster::dialect::admin {

/// PEM; base64 of the octets where they are no certificate any more.
std::string pem_or_base64(const base::Bytes& der);

/// {"subject":…,"issuer":…,"serial":…,"not_before":…,"not_after":…,"sha256_thumbprint":…}; null where it cannot be
/// read.
boost::json::value certificate_information(const base::Bytes& der);

}  // namespace muster::dialect::admin
