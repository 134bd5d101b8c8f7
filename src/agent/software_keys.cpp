#include "agent/software_keys.hpp"

#include "agent/outcome.hpp"
#include "crypto/hash.hpp"

namespace muster::agent {
namespace {

base::Bytes hmac(const base::Secret& key, base::ByteView data) {
  return crypto::hmac(crypto::HashAlgorithm::sha256, key.reveal(), data);
}

[[noreturn]] void refuse_challenge() {
  throw Failure(ExitCode::unexpected_answer, "The service sent a TPM challenge to a device that showed no TPM.");
}

}  // namespace

void SymmetricDeviceKey::import_key(base::ByteView) { refuse_challenge(); }

std::optional<base::Bytes> SymmetricDeviceKey::sign(base::ByteView data) { return hmac(key_, data); }

void CertificateDeviceKey::import_key(base::ByteView) { refuse_challenge(); }

std::optional<base::Bytes> CertificateDeviceKey::sign(base::ByteView) { return std::nullopt; }

base::Secret derive_from_group_key(const base::Secret& group_key, std::string_view registration_id) {
  return base::Secret(hmac(group_key, base::view(registration_id)));
}

}  // namespace muster::agent
