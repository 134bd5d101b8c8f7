// What this room's tests share: a server on loopback, and a blocking client that is OpenSSL's, not ours.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "net/listener.hpp"

namespace muster::net::testing {

/// Collects events, for tests that wait for one and for those that look afterwards.
class RecordingLog final : public Log {
 public:
  void write(LogLevel, std::string_view event, std::initializer_list<LogField> fields) override {
    const std::lock_guard lock(mutex_);
    text_.append(event);
    for (const auto& field : fields) text_.append(" ").append(field.name).append("=").append(field.value);
    text_.append("\n");
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

inline std::string take_text(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

/// A self-signed certificate for this key, which it takes. `padding` octets make the certificate larger.
inline TlsIdentity certify_key(EVP_PKEY* key, const std::string& name, std::size_t padding = 0) {
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  const auto add = [subject](const char* field, const std::string& value) {
    X509_NAME_add_entry_by_txt(subject, field, MBSTRING_ASC, reinterpret_cast<const unsigned char*>(value.data()),
                               static_cast<int>(value.size()), -1, 0);
  };
  add("CN", name);
  // X.520 limits each text, not their number.
  for (std::size_t i = 0; i < padding / 60; ++i) add("OU", std::string(60, 'x'));
  X509_set_issuer_name(certificate, subject);
  const bool hashes_itself = EVP_PKEY_is_a(key, "ED25519") == 1 || EVP_PKEY_is_a(key, "ED448") == 1;
  X509_sign(certificate, key, hashes_itself ? nullptr : EVP_sha256());

  BIO* certificate_pem = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_pem, certificate);
  BIO* key_pem = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_pem, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  TlsIdentity identity;
  identity.certificate_chain_pem = take_text(certificate_pem);
  identity.private_key_pem = base::Secret(base::to_bytes(take_text(key_pem)));
  return identity;
}

/// The same, with a new key.
inline TlsIdentity make_identity(const std::string& name, std::size_t padding = 0, bool rsa = false) {
  return certify_key(rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"), name, padding);
}

/// A TCP connection to loopback. Reads give up after ten seconds, so that a broken server fails a test instead of
/// hanging it.
class TcpClient {
 public:
  explicit TcpClient(std::uint16_t port, const char* from = "127.0.0.1")
      : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{10, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, from, &address.sin_addr);
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    address.sin_port = htons(port);
    connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;
  ~TcpClient() { ::close(descriptor_); }

  bool connected() const { return connected_; }
  int descriptor() const { return descriptor_; }

  void send(std::string_view octets) { ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL); }
  void finish() { ::shutdown(descriptor_, SHUT_WR); }

  /// What comes next; empty at the end of the connection.
  std::string receive() {
    char buffer[16 * 1024];
    const auto size = ::recv(descriptor_, buffer, sizeof buffer, 0);
    return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string();
  }
  std::string receive_all() {
    std::string all;
    for (std::string part = receive(); !part.empty(); part = receive()) all += part;
    return all;
  }
  /// Until `end` has come, or the connection's end.
  std::string receive_until(std::string_view end) {
    std::string all;
    while (all.find(end) == std::string::npos) {
      const std::string part = receive();
      if (part.empty()) break;
      all += part;
    }
    return all;
  }

 private:
  int descriptor_;
  bool connected_ = false;
};

/// TLS on such a connection, as an OpenSSL client does it. Trusts every server.
class TlsClient {
 public:
  TlsClient() : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {}

  void use(const TlsIdentity& identity, int extra_copies = 0) {
    BIO* reader = BIO_new_mem_buf(identity.certificate_chain_pem.data(), -1);
    X509* certificate = PEM_read_bio_X509(reader, nullptr, nullptr, nullptr);
    BIO_free(reader);
    const auto key_text = identity.private_key_pem.reveal();
    reader = BIO_new_mem_buf(key_text.data(), static_cast<int>(key_text.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(reader, nullptr, nullptr, nullptr);
    BIO_free(reader);
    SSL_CTX_use_certificate(context_.get(), certificate);
    SSL_CTX_use_PrivateKey(context_.get(), key);
    for (int i = 0; i < extra_copies; ++i) SSL_CTX_add1_chain_cert(context_.get(), certificate);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  void only_version(int version) {
    SSL_CTX_set_min_proto_version(context_.get(), version);
    SSL_CTX_set_max_proto_version(context_.get(), version);
  }
  /// Names for ALPN, the most wanted first.
  void offer(const std::vector<const char*>& names) {
    std::string list;
    for (const std::string_view name : names) list.append(1, static_cast<char>(name.size())).append(name);
    SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                            static_cast<unsigned>(list.size()));
  }
  std::string chosen_protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  /// OpenSSL's names, for the one version or the other.
  bool only_suite(const char* name, int version) {
    only_version(version);
    return version == TLS1_3_VERSION ? SSL_CTX_set_ciphersuites(context_.get(), name) == 1
                                     : SSL_CTX_set_cipher_list(context_.get(), name) == 1;
  }
  bool only_group(const char* name) { return set_groups(name) == 1; }
  void only_rsa() { SSL_CTX_set1_sigalgs_list(context_.get(), "RSA-PSS+SHA256"); }

  bool handshake(TcpClient& tcp, const char* server_name = nullptr) {
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), tcp.descriptor());
    if (server_name) SSL_set1_host(ssl_.get(), server_name);
    if (server_name) set_server_name(server_name);
    return SSL_connect(ssl_.get()) == 1;
  }
  void send(std::string_view octets) { SSL_write(ssl_.get(), octets.data(), static_cast<int>(octets.size())); }
  std::string receive_all() {
    std::string all;
    char buffer[16 * 1024];
    for (int size = SSL_read(ssl_.get(), buffer, sizeof buffer); size > 0;
         size = SSL_read(ssl_.get(), buffer, sizeof buffer))
      all.append(buffer, static_cast<std::size_t>(size));
    return all;
  }
  bool was_closed_orderly() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  std::string server_common_name() const {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl_.get()), &X509_free);
    char name[256] = {};
    if (certificate)
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
    return name;
  }
  SSL* ssl() { return ssl_.get(); }

 private:
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
  long set_groups(const char* names) { return SSL_CTX_set1_groups_list(context_.get(), names); }
  void set_server_name(const char* name) { SSL_set_tlsext_host_name(ssl_.get(), name); }
#pragma GCC diagnostic pop

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
};

inline ListenerSettings on_loopback() {
  ListenerSettings settings;
  settings.name = "test";
  settings.address = "127.0.0.1";
  return settings;
}

/// Reads until a full stop and tells whom it takes the peer for: "address|server name|number of certificates". The
/// octets before the stop come back in front of it, and `greeting` in front of them.
inline base::Task<void> introduce_as(std::string greeting, ByteStreamPtr stream) {
  std::string heard;
  std::uint8_t buffer[1024];
  while (!heard.ends_with('.')) {
    const std::size_t size = co_await stream->read_some(buffer);
    if (size == 0) co_return;
    heard.append(base::text_view(base::ByteView(buffer, size)));
  }
  const Peer& peer = *stream->peer();
  const auto certificates = peer.certificates.encoded();
  std::size_t octets = 0;
  for (const auto& certificate : certificates) octets += certificate.size();
  const std::string answer = greeting + heard + peer.address + "|" + peer.server_name + "|" +
                             std::to_string(certificates.size()) + "|" + (octets > 0 ? "der" : "");
  co_await stream->write(base::view(answer));
  stream->close();
}

inline base::Task<void> introduce(ByteStreamPtr stream) { return introduce_as({}, std::move(stream)); }

}  // namespace muster::net::testing
