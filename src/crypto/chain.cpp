#include "crypto/chain.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <new>
#include <stdexcept>

#include "crypto/native.hpp"

namespace muster::crypto {
namespace {

using base::Errc;
using base::Error;
using base::Result;

void release_stack(STACK_OF(X509) * stack) { sk_X509_free(stack); }

using Store = std::unique_ptr<X509_STORE, native::Release<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, native::Release<X509_STORE_CTX_free>>;
using Stack = std::unique_ptr<STACK_OF(X509), native::Release<release_stack>>;

constexpr int auth_level_112_bits = 2;

Stack stack_of(std::span<const Certificate> certificates) {
  Stack stack(sk_X509_new_null());
  if (!stack) throw std::bad_alloc();
  for (const auto& certificate : certificates)
    if (sk_X509_push(stack.get(), certificate.native()) <= 0) throw std::bad_alloc();
  return stack;
}

int names_and_key_ids_match(X509_STORE_CTX* /*context*/, X509* certificate, X509* issuer) {
  if (X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) != 0) return 0;
  const ASN1_OCTET_STRING* const wanted = X509_get0_authority_key_id(certificate);
  const ASN1_OCTET_STRING* const offered = X509_get0_subject_key_id(issuer);
  return wanted == nullptr || offered == nullptr || ASN1_OCTET_STRING_cmp(wanted, offered) == 0 ? 1 : 0;
}

int tolerate_expired_authorities(int is_good, X509_STORE_CTX* context) {
  const bool is_expired_authority =
      X509_STORE_CTX_get_error(context) == X509_V_ERR_CERT_HAS_EXPIRED && X509_STORE_CTX_get_error_depth(context) > 0;
  return is_expired_authority ? 1 : is_good;
}

Errc refusal_of(int reason) {
  switch (reason) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Errc::certificate_expired;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return Errc::certificate_authority_unknown;
    default:
      return Errc::certificate_chain_invalid;
  }
}

/// The certificate that the library speaks of by its own pointer.
const Certificate& known_as(const X509* wanted, const Certificate& leaf, std::span<const Certificate> untrusted,
                            std::span<const Certificate> anchors) {
  if (leaf.native() == wanted) return leaf;
  for (const auto certificates : {untrusted, anchors})
    for (const auto& certificate : certificates)
      if (certificate.native() == wanted) return certificate;
  throw std::logic_error("a path holds a certificate that nobody offered");
}

}  // namespace

Result<std::vector<Certificate>> build_path(const Certificate& leaf, std::span<const Certificate> untrusted,
                                            std::span<const Certificate> anchors, base::TimePoint now,
                                            PathRules rules) {
  if (untrusted.size() > untrusted_count_max)
    return Error(Errc::too_many_items, std::to_string(untrusted.size()) + " certificates offered for one path");

  const Stack offered = stack_of(untrusted);
  const Stack trusted = stack_of(anchors);
  const Store store(X509_STORE_new());
  const StoreContext context(X509_STORE_CTX_new());
  if (!store || !context) throw std::bad_alloc();
  if (rules.ignore_authority_serial) X509_STORE_set_check_issued(store.get(), names_and_key_ids_match);
  if (X509_STORE_CTX_init(context.get(), store.get(), leaf.native(), offered.get()) != 1)
    throw std::runtime_error("X509_STORE_CTX_init failed: " + native::take_reason());
  X509_STORE_CTX_set0_trusted_stack(context.get(), trusted.get());
  if (rules.ignore_expired_intermediates) X509_STORE_CTX_set_verify_cb(context.get(), tolerate_expired_authorities);

  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_time(parameters, static_cast<std::time_t>(base::to_unix_seconds(now)));
  X509_VERIFY_PARAM_set_depth(parameters, static_cast<int>(rules.depth_max));
  if (rules.refuse_weak_algorithms) X509_VERIFY_PARAM_set_auth_level(parameters, auth_level_112_bits);

  const bool is_verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (!is_verified) {
    const int reason = X509_STORE_CTX_get_error(context.get());
    const X509* const culprit = X509_STORE_CTX_get_current_cert(context.get());
    const Certificate& certificate = culprit != nullptr ? known_as(culprit, leaf, untrusted, anchors) : leaf;
    std::string detail = "certificate '" + certificate.subject() + "' issued by '" + certificate.issuer() +
                         "': " + X509_verify_cert_error_string(reason);
    if (refusal_of(reason) == Errc::certificate_expired)
      detail += " (valid from " + base::to_rfc3339(certificate.not_before()) + " to " +
                base::to_rfc3339(certificate.not_after()) + ", it is " + base::to_rfc3339(now) + ")";
    return Error(refusal_of(reason), std::move(detail));
  }

  const STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(context.get());
  const int size = sk_X509_num(chain);
  std::vector<Certificate> path;
  for (int i = 0; i < size; ++i) {
    const Certificate& certificate = known_as(sk_X509_value(chain, i), leaf, untrusted, anchors);
    // The library also takes certificates for authorities that have no basicConstraints but a fitting keyUsage.
    if (i > 0 && i < size - 1 && !certificate.is_ca())
      return Error(Errc::certificate_chain_invalid,
                   "certificate '" + certificate.subject() + "' is no certificate authority");
    path.push_back(certificate);
  }
  return path;
}

}  // namespace muster::crypto
