// What a TLS listener shows to its clients, and what it asks of them.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"

struct ssl_ctx_st;

namespace muster::net {

/// A certificate chain (leaf first, PEM) and the leaf's private key (PEM, unencrypted).
struct TlsIdentity {
  std::string certificate_chain_pem;
  base::Secret private_key_pem;
};

/// Whether a listener requests a client certificate (RFC 8446 section 4.3.2). It never requires one, and any
/// certificate completes the handshake: possession of its key is proven, and whether it is good is the dialect's
/// decision.
enum class ClientCertificates { ask, do_not_ask };

struct TlsSettings {
  TlsIdentity identity;  ///< usually ECDSA P-256: a signature costs a fraction of RSA's
  /// A second identity of another key type for clients that cannot do the first.
  std::optional<TlsIdentity> second_identity;
  ClientCertificates client_certificates = ClientCertificates::ask;
  /// The names of RFC 7301 that are known here. Of a client's offer the first that is known is chosen. A client that
  /// offers none, or only others, is served all the same: Azure's SDKs differ in what they offer.
  std::vector<std::string> application_protocols;
  /// Exceptions by the name that the client sends (SNI); compared in lower case.
  std::map<std::string, ClientCertificates> by_server_name;
};

/// The most that a client may present: certificates in its chain, and octets of its Certificate message. Whoever
/// connects can make the server keep as much; a leaf and three authorities with RSA-4096 keys need less than half.
inline constexpr std::size_t client_certificates_max = 10;
inline constexpr std::size_t client_certificates_size_max = 16 * 1024;

/// The TLS side of one or more listeners: TLS 1.2 and 1.3, X25519, P-256 and P-384, forward secrecy and authenticated
/// ciphers only, neither tickets nor a session cache. Safe to use from any thread.
class TlsContext {
 public:
  /// Throws std::runtime_error with one sentence where an identity does not parse or its key is not its certificate's.
  explicit TlsContext(const TlsSettings& settings);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  /// New connections use the new settings, connections that exist keep theirs. Where it throws (as the constructor
  /// does), the old settings stay.
  void replace(const TlsSettings& settings);

  /// OpenSSL's context as it is now; for this room only. A connection that is made from it keeps it alive.
  std::shared_ptr<ssl_ctx_st> current() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> current_;
};

}  // namespace muster::net
