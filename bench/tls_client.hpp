// A device's side of one TLS 1.3 connection, as cheap as OpenSSL makes it: the generator shares its cores with the
// server that it measures.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "device_certificates.hpp"

struct ssl_st;

namespace muster::bench {

/// Where a server listens.
struct Target {
  std::string host;  ///< name or numeric address, as the certificate names it
  std::string port;
  std::string path;  ///< begins with '/'
};

/// Cuts "https://host:port/path" (or "mqtts://host:port") apart; the port is 443 (8883) and the path "/" where there is
/// none. IPv6 addresses stand in
/// brackets. Throws std::invalid_argument for anything else.
Target parse_url(std::string_view url);

/// One open connection, blocking. For one thread. Its functions throw std::runtime_error when the connection fails or
/// stands still for 30 seconds.
class TlsConnection {
 public:
  TlsConnection(ssl_st* session, int socket);
  TlsConnection(TlsConnection&& other) noexcept;
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;
  TlsConnection& operator=(TlsConnection&&) = delete;
  /// Says goodbye without waiting for the answer, as devices do.
  ~TlsConnection();

  void write(std::string_view text);
  /// What has arrived, at most 16 KiB; empty at the end. Valid until the next call.
  std::string_view read();

 private:
  ssl_st* session_;
  int socket_;
  std::string buffer_;
};

/// Makes connections to one server, each with a new TLS 1.3 handshake over X25519. Safe to call from any thread.
class TlsClient {
 public:
  /// Trusts the PEM certificates in `authority_file` and nothing else. Throws std::runtime_error where the file cannot
  /// be read, the host has no address or none of its addresses answers.
  TlsClient(Target target, const std::string& authority_file);
  ~TlsClient();

  /// Throws std::runtime_error where the connection fails or the server is not the one that was asked for. Shows the
  /// identity where there is one and the server asks.
  TlsConnection connect(const DeviceIdentity* identity = nullptr) const;
  const Target& target() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace muster::bench
