#include "dialect/admin/certificate_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "crypto/certificate.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;

// A stored certificate was readable when it was stored; what is not any more is shown as what it is.
std::string pem_or_base64(const base::Bytes& der) {
  const auto certificate = crypto::Certificate::from_der(der);
  return certificate ? certificate->pem() : base::to_base64(der);
}

json::value certificate_information(const base::Bytes& der) {
  const auto certificate = crypto::Certificate::from_der(der);
  if (!certificate) return nullptr;
  return json::object{{"subject", certificate->subject()},
                      {"issuer", certificate->issuer()},
                      {"serial", certificate->serial()},
                      {"not_before", base::to_rfc3339(certificate->not_before())},
                      {"not_after", base::to_rfc3339(certificate->not_after())},
                      {"sha256_thumbprint", certificate->sha256_thumbprint()}};
}

}  // namespace muster::dialect::admin
