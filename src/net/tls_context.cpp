#include "net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/bytes.hpp"
#include "net/tls_algorithms.hpp"

namespace muster::net {
namespace {

/// What the handshake's callbacks decide by.
struct Policy {
  std::map<std::string, ClientCertificates> by_server_name;
  std::vector<std::string> application_protocols;
};

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

[[noreturn]] void fail(const std::string& sentence) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string whole = "TLS: " + sentence;
  if (reason) whole.append(" (").append(reason).append(")");
  ERR_clear_error();
  throw std::runtime_error(whole);
}

void require(bool done, const char* sentence) {
  if (!done) fail(sentence);
}

BioPtr reader_of(base::ByteView octets) {
  BioPtr reader(BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size())), &BIO_free);
  require(reader != nullptr, "out of memory");
  return reader;
}

CertificatePtr next_certificate(BIO* reader) {
  return CertificatePtr(PEM_read_bio_X509(reader, nullptr, nullptr, nullptr), &X509_free);
}

int refuse_pass_phrase(char*, int, int, void*) { return -1; }

/// Returns the key's type.
int use_identity(SSL_CTX* context, const TlsIdentity& identity) {
  const BioPtr key_reader = reader_of(identity.private_key_pem.reveal());
  const KeyPtr key(PEM_read_bio_PrivateKey(key_reader.get(), nullptr, &refuse_pass_phrase, nullptr), &EVP_PKEY_free);
  require(key != nullptr, "the server's private key is not an unencrypted PEM key");

  const BioPtr reader = reader_of(base::view(identity.certificate_chain_pem));
  const CertificatePtr leaf = next_certificate(reader.get());
  require(leaf != nullptr, "the server's certificate chain holds no PEM certificate");
  require(SSL_CTX_use_certificate(context, leaf.get()) == 1, "the server's certificate cannot be used");
  require(SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1,
          "the server's private key does not belong to its certificate");
  while (const CertificatePtr issuer = next_certificate(reader.get()))
    require(SSL_CTX_add1_chain_cert(context, issuer.get()) == 1, "the server's certificate chain cannot be used");
  // The reader's end shows as an error too.
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
    fail("the server's certificate chain has a malformed certificate");
  ERR_clear_error();
  return EVP_PKEY_base_id(key.get());
}

// Possession of the certificate's key is proven by the handshake itself; whether the certificate is good is decided
// later, where a refusal can be explained.
int accept_any_certificate(X509_STORE_CTX* presented, void*) {
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_untrusted(presented);
  if (sk_X509_num(chain) <= static_cast<int>(client_certificates_max)) return 1;
  X509_STORE_CTX_set_error(presented, X509_V_ERR_CERT_CHAIN_TOO_LONG);
  return 0;
}

void free_policy(void*, void* policy, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Policy*>(policy); }

// OpenSSL's context owns the policy, because a handshake under way keeps that context and nothing else alive.
int policy_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &free_policy);
  return index;
}

const Policy& policy_of(SSL* ssl) {
  return *static_cast<const Policy*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), policy_index()));
}

int verify_mode(ClientCertificates policy) {
  return policy == ClientCertificates::ask ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;
}

int on_server_name(SSL* ssl, int*, void*) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (!name) return SSL_TLSEXT_ERR_NOACK;
  const auto& by_server_name = policy_of(ssl).by_server_name;
  const auto found = by_server_name.find(base::to_lower(name));
  if (found != by_server_name.end()) SSL_set_verify(ssl, verify_mode(found->second), nullptr);
  return SSL_TLSEXT_ERR_OK;
}

// RFC 7301 section 3.2 wants an alert where nothing is common. Who offers other names may still speak a protocol that
// its first octets tell.
int on_application_protocols(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size,
                             const unsigned char* offer, unsigned int offer_size, void*) {
  const auto& known = policy_of(ssl).application_protocols;
  // A list of names, each behind an octet with its size; OpenSSL has checked that the sizes fit.
  base::ByteView rest(offer, offer_size);
  while (!rest.empty()) {
    const base::ByteView name = rest.subspan(1, rest[0]);
    if (std::find(known.begin(), known.end(), base::text_view(name)) != known.end()) {
      *chosen = name.data();
      *chosen_size = static_cast<unsigned char>(name.size());
      return SSL_TLSEXT_ERR_OK;
    }
    rest = rest.subspan(1 + name.size());
  }
  return SSL_TLSEXT_ERR_NOACK;
}

// OpenSSL's macro casts in C's way.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
void watch_server_name(SSL_CTX* context) { SSL_CTX_set_tlsext_servername_callback(context, &on_server_name); }
#pragma GCC diagnostic pop

std::shared_ptr<SSL_CTX> make_context(const TlsSettings& settings) {
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new_ex(tls_algorithms(), nullptr, TLS_server_method()), &SSL_CTX_free);
  SSL_CTX* raw = context.get();
  require(raw != nullptr, "out of memory");

  require(SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1, "TLS 1.2 is not available");
  SSL_CTX_set_options(
      raw, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // A device registers and goes: tickets would cost octets and time and be used by nobody.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  require(SSL_CTX_set_num_tickets(raw, 0) == 1, "tickets cannot be turned off");
  // Without NO_AUTO_CHAIN every handshake would look for issuers that the chain does not name.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_NO_AUTO_CHAIN);
  // One system call for as many records as have come, instead of two for each.
  SSL_CTX_set_read_ahead(raw, 1);
  require(SSL_CTX_set1_groups_list(raw, "X25519:P-256:P-384:P-521") == 1, "the key exchange groups are not available");
  require(SSL_CTX_set_cipher_list(raw,
                                  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                  "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
                                  "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384") == 1,
          "the cipher suites are not available");
  // Most devices have no AES in hardware, what they send is short, and ChaCha20's state is the smaller one.
  require(
      SSL_CTX_set_ciphersuites(raw, "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384") == 1,
      "the cipher suites are not available");

  const int key_type = use_identity(raw, settings.identity);
  if (settings.second_identity && use_identity(raw, *settings.second_identity) == key_type)
    fail("the second server key must be of another type than the first");

  SSL_CTX_set_verify(raw, verify_mode(settings.client_certificates), nullptr);
  SSL_CTX_set_cert_verify_callback(raw, &accept_any_certificate, nullptr);
  SSL_CTX_set_max_cert_list(raw, static_cast<long>(client_certificates_size_max));

  auto policy = std::make_unique<Policy>();
  for (const auto& [name, ask] : settings.by_server_name)
    policy->by_server_name.insert_or_assign(base::to_lower(name), ask);
  policy->application_protocols = settings.application_protocols;
  require(SSL_CTX_set_ex_data(raw, policy_index(), policy.get()) == 1, "out of memory");
  static_cast<void>(policy.release());
  watch_server_name(raw);
  SSL_CTX_set_alpn_select_cb(raw, &on_application_protocols, nullptr);
  return context;
}

}  // namespace

TlsContext::TlsContext(const TlsSettings& settings) : current_(make_context(settings)) {}
TlsContext::~TlsContext() = default;

void TlsContext::replace(const TlsSettings& settings) {
  auto made = make_context(settings);
  const std::lock_guard lock(mutex_);
  current_.swap(made);
}

std::shared_ptr<ssl_ctx_st> TlsContext::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace muster::net
