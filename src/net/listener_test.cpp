#include "net/listener.hpp"

#include <array>
#include <atomic>

#include <sys/epoll.h>
#include <sys/syscall.h>

#include <cerrno>
#include <thread>

#include "net/loopback_test.hpp"

namespace {
std::atomic<int> epoll_additions_to_refuse{0};
}

// Stands in for the C library's, so that a test can have the system refuse to watch a socket, as it does where a user
// watches more than fs.epoll.max_user_watches allow (epoll_ctl(2)).
extern "C" int epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) noexcept {
  if (operation == EPOLL_CTL_ADD && epoll_additions_to_refuse > 0) {
    --epoll_additions_to_refuse;
    errno = ENOSPC;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, descriptor, event));
}

namespace muster::net {
namespace {

using namespace testing;

// PROXY protocol version 2, TCP over IPv4, from 192.0.2.7, with a TLV of three octets behind the addresses.
const std::string proxy_header(
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0f\xc0\0\x02\x07\xc6\x33\x64\x01\xd4\x31\x01\xbb\x04\0\0", 31);

class ListenerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Listener> listen(ListenerSettings settings, std::shared_ptr<TlsContext> tls = nullptr,
                                   ConnectionHandler handler = introduce) {
    return std::make_unique<Listener>(loop_, std::move(settings), std::move(tls), std::move(handler), log_);
  }
  static std::string converse(std::uint16_t port, std::string_view octets, const char* from = "127.0.0.1") {
    TcpClient client(port, from);
    client.send(octets);
    return client.receive_all();
  }

  RecordingLog log_;
  ServerLoop loop_{2, log_};
};

TEST_F(ListenerTest, ServesConnectionsOnAllLoops) {
  const auto listener = listen(on_loopback());
  loop_.start();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(converse(listener->port(), "hello."), "hello.127.0.0.1||0|");
  EXPECT_EQ(listener->counters().accepted, 50U);
}

TEST_F(ListenerTest, NamesAddressAndPortWhenThePortIsInUse) {
  const auto first = listen(on_loopback());
  auto settings = on_loopback();
  settings.port = first->port();
  try {
    listen(settings);
    FAIL() << "listened twice on one port";
  } catch (const std::runtime_error& fault) {
    EXPECT_EQ(std::string(fault.what()),
              "cannot listen on 127.0.0.1 port " + std::to_string(first->port()) + ": the port is in use");
  }
}

TEST_F(ListenerTest, RefusesAnAddressThatIsNotNumeric) {
  auto settings = on_loopback();
  settings.address = "localhost";
  EXPECT_THROW(listen(settings), std::runtime_error);
}

TEST_F(ListenerTest, TakesTheClientsAddressFromAConfiguredProxy) {
  auto settings = on_loopback();
  settings.proxies.push_back(*base::Network::parse("127.0.0.0/30"));
  const auto listener = listen(settings);
  loop_.start();
  EXPECT_EQ(converse(listener->port(), proxy_header + "hello."), "hello.192.0.2.7||0|");

  TcpClient in_pieces(listener->port());
  for (const char octet : proxy_header) in_pieces.send(std::string_view(&octet, 1));
  in_pieces.send("hello.");
  EXPECT_EQ(in_pieces.receive_all(), "hello.192.0.2.7||0|");
}

TEST_F(ListenerTest, RefusesAConfiguredProxyWithoutAHeader) {
  auto settings = on_loopback();
  settings.proxies.push_back(*base::Network::parse("127.0.0.0/30"));
  const auto listener = listen(settings);
  loop_.start();
  EXPECT_EQ(converse(listener->port(), "hello."), "");
  loop_.stop(std::chrono::seconds(10));
  EXPECT_EQ(listener->counters().handshakes_failed, 1U);
}

TEST_F(ListenerTest, DoesNotReadAHeaderFromAnybodyElse) {
  auto settings = on_loopback();
  settings.proxies.push_back(*base::Network::parse("127.0.0.0/30"));
  const auto listener = listen(settings);
  loop_.start();
  EXPECT_EQ(converse(listener->port(), "hello.", "127.0.0.9"), "hello.127.0.0.9||0|");
  EXPECT_EQ(converse(listener->port(), proxy_header + "hello.", "127.0.0.9"), proxy_header + "hello.127.0.0.9||0|");
}

TEST_F(ListenerTest, ClosesOneConnectionMoreThanTheLimit) {
  auto settings = on_loopback();
  settings.connections_max = 2;
  const auto listener = listen(settings);
  loop_.start();
  TcpClient first(listener->port());
  TcpClient second(listener->port());
  first.send("a");
  second.send("b");
  // Until both are accepted; a broken server fails by timeout.
  while (listener->counters().open < 2) std::this_thread::yield();

  EXPECT_EQ(converse(listener->port(), "hello."), "");
  EXPECT_EQ(listener->counters().refused_at_limit, 1U);
  first.send(".");
  EXPECT_EQ(first.receive_all(), "a.127.0.0.1||0|");
  second.send(".");
  EXPECT_EQ(second.receive_all(), "b.127.0.0.1||0|");
}

TEST_F(ListenerTest, GoesOnAcceptingAfterAConnectionThatCouldNotBeBegun) {
  ServerLoop one_loop(1, log_);
  Listener listener(one_loop, on_loopback(), nullptr, introduce, log_);
  one_loop.start();
  EXPECT_EQ(converse(listener.port(), "hello."), "hello.127.0.0.1||0|");

  epoll_additions_to_refuse = 1;
  EXPECT_EQ(converse(listener.port(), "hello."), "") << "closed, since it cannot be served";
  EXPECT_EQ(epoll_additions_to_refuse, 0);
  EXPECT_EQ(converse(listener.port(), "hello."), "hello.127.0.0.1||0|");
  one_loop.stop(std::chrono::seconds(10));
  EXPECT_EQ(listener.counters().accepted, 3U);
  EXPECT_EQ(listener.counters().open, 0U);
  EXPECT_NE(log_.text().find("accept_failed listener=test fault="), std::string::npos);
}

TEST_F(ListenerTest, StopsAcceptingWhileConnectionsGoOn) {
  auto listener = listen(on_loopback());
  loop_.start();
  TcpClient client(listener->port());
  client.send("a");
  while (listener->counters().open < 1) std::this_thread::yield();
  const auto port = listener->port();
  listener.reset();
  while (TcpClient(port).connected()) std::this_thread::yield();
  client.send(".");
  EXPECT_EQ(client.receive_all(), "a.127.0.0.1||0|");
}

class TlsListenerTest : public ListenerTest {
 protected:
  static TlsSettings settings_for(const std::string& name) {
    TlsSettings settings;
    settings.identity = make_identity(name);
    return settings;
  }
  /// "refused" where the handshake or the first answer fails.
  static std::string introduce_to(std::uint16_t port, TlsClient& client, const char* server_name = nullptr) {
    TcpClient tcp(port);
    if (!client.handshake(tcp, server_name)) return "refused";
    client.send("hello.");
    const auto answer = client.receive_all();
    return answer.empty() ? "refused" : answer;
  }
};

TEST_F(TlsListenerTest, CompletesTheHandshakeWithoutAClientCertificate) {
  const auto listener = listen(on_loopback(), std::make_shared<TlsContext>(settings_for("server")));
  loop_.start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client;
    client.only_version(version);
    EXPECT_EQ(introduce_to(listener->port(), client, "Device.Example"), "hello.127.0.0.1|device.example|0|");
    EXPECT_TRUE(client.was_closed_orderly());
    EXPECT_EQ(SSL_SESSION_has_ticket(SSL_get0_session(client.ssl())), 0);
  }
}

/// What the server's session still had of the key exchange when it said goodbye: -1, it did not; 0, nothing; 1, a key.
std::atomic<int> kept_at_goodbye{-1};

void look_at_goodbye(const SSL* ssl, int where, int) {
  if ((where & SSL_CB_WRITE_ALERT) != SSL_CB_WRITE_ALERT) return;
  EVP_PKEY* key = nullptr;
  std::array<unsigned char, 64> octets{};
  std::size_t size = octets.size();
  // The macro takes no constant session, and changes nothing in it.
  const bool has_key = SSL_get_tmp_key(const_cast<SSL*>(ssl), &key) == 1;
  kept_at_goodbye = has_key && EVP_PKEY_get_raw_private_key(key, octets.data(), &size) == 1 ? 1 : 0;
  EVP_PKEY_free(key);
}

TEST_F(TlsListenerTest, ForgetsTheKeyThatItsSecretsWereAgreedWith) {
  const auto context = std::make_shared<TlsContext>(settings_for("server"));
  SSL_CTX_set_info_callback(context->current().get(), &look_at_goodbye);
  const auto listener = listen(on_loopback(), context);
  loop_.start();
  TlsClient client;
  client.only_version(TLS1_3_VERSION);
  client.use(make_identity("device-1"));
  EXPECT_EQ(introduce_to(listener->port(), client), "hello.127.0.0.1||1|der");
  loop_.stop(std::chrono::seconds(10));
  EXPECT_EQ(kept_at_goodbye, 0);
}

TEST_F(TlsListenerTest, RefusesVersionsBeforeTls12) {
  const auto listener = listen(on_loopback(), std::make_shared<TlsContext>(settings_for("server")));
  loop_.start();
  TlsClient client;
  client.only_version(TLS1_1_VERSION);
  EXPECT_EQ(introduce_to(listener->port(), client), "refused");
}

TEST_F(TlsListenerTest, CompletesTheHandshakeWithACertificateOfAnUnknownIssuer) {
  const auto listener = listen(on_loopback(), std::make_shared<TlsContext>(settings_for("server")));
  loop_.start();
  const auto device = make_identity("device-1");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client;
    client.only_version(version);
    client.use(device, 2);
    EXPECT_EQ(introduce_to(listener->port(), client), "hello.127.0.0.1||3|der");
  }
}

TEST_F(TlsListenerTest, RefusesOneCertificateMoreThanTheLimit) {
  const auto listener = listen(on_loopback(), std::make_shared<TlsContext>(settings_for("server")));
  loop_.start();
  const auto device = make_identity("device-1");
  TlsClient at_limit;
  at_limit.use(device, 9);
  EXPECT_EQ(introduce_to(listener->port(), at_limit), "hello.127.0.0.1||10|der");
  TlsClient over_limit;
  over_limit.use(device, 10);
  EXPECT_EQ(introduce_to(listener->port(), over_limit), "refused");
}

TEST_F(TlsListenerTest, RefusesCertificatesLargerThanTheLimit) {
  const auto listener = listen(on_loopback(), std::make_shared<TlsContext>(settings_for("server")));
  loop_.start();
  // The name stands in a certificate twice, as subject and as issuer.
  TlsClient below_limit;
  below_limit.use(make_identity("device-1", 6'000));
  EXPECT_EQ(introduce_to(listener->port(), below_limit), "hello.127.0.0.1||1|der");
  TlsClient over_limit;
  over_limit.use(make_identity("device-1", 7'000));
  EXPECT_EQ(introduce_to(listener->port(), over_limit), "refused");
}

TEST_F(TlsListenerTest, AsksForACertificateAsTheServerNamesPolicySays) {
  auto asking = settings_for("server");
  asking.by_server_name["Console.Example"] = ClientCertificates::do_not_ask;
  auto not_asking = settings_for("server");
  not_asking.client_certificates = ClientCertificates::do_not_ask;
  not_asking.by_server_name["device.example"] = ClientCertificates::ask;
  const auto first = listen(on_loopback(), std::make_shared<TlsContext>(asking));
  const auto second = listen(on_loopback(), std::make_shared<TlsContext>(not_asking));
  loop_.start();

  const auto device = make_identity("device-1");
  const struct {
    Listener* listener;
    const char* server_name;
    const char* certificates;
  } cases[] = {
      {first.get(), nullptr, "||1|der"},
      {first.get(), "device.example", "|device.example|1|der"},
      {first.get(), "console.example", "|console.example|0|"},
      {second.get(), nullptr, "||0|"},
      {second.get(), "console.example", "|console.example|0|"},
      {second.get(), "DEVICE.example", "|device.example|1|der"},
  };
  for (const auto& [listener, server_name, certificates] : cases) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      TlsClient client;
      client.only_version(version);
      client.use(device);
      EXPECT_EQ(introduce_to(listener->port(), client, server_name), std::string("hello.127.0.0.1") + certificates);
    }
  }
}

TEST_F(TlsListenerTest, ShowsANewCertificateToNewConnectionsOnly) {
  const auto context = std::make_shared<TlsContext>(settings_for("old"));
  const auto listener = listen(on_loopback(), context);
  loop_.start();
  TcpClient tcp(listener->port());
  TlsClient before;
  ASSERT_TRUE(before.handshake(tcp));
  context->replace(settings_for("new"));

  TlsClient after;
  EXPECT_EQ(introduce_to(listener->port(), after), "hello.127.0.0.1||0|");
  EXPECT_EQ(after.server_common_name(), "new");
  EXPECT_EQ(before.server_common_name(), "old");
  before.send("hello.");
  EXPECT_EQ(before.receive_all(), "hello.127.0.0.1||0|");
}

TEST_F(TlsListenerTest, ShowsTheSecondCertificateToClientsThatNeedItsKeyType) {
  auto settings = settings_for("ecdsa");
  settings.second_identity = make_identity("rsa", 0, true);
  const auto listener = listen(on_loopback(), std::make_shared<TlsContext>(settings));
  loop_.start();
  TlsClient any;
  introduce_to(listener->port(), any);
  EXPECT_EQ(any.server_common_name(), "ecdsa");
  TlsClient rsa;
  rsa.only_rsa();
  introduce_to(listener->port(), rsa);
  EXPECT_EQ(rsa.server_common_name(), "rsa");
}

TEST_F(TlsListenerTest, EndsAHandshakeThatTakesTooLong) {
  auto settings = on_loopback();
  settings.handshake_time = std::chrono::milliseconds(20);
  const auto listener = listen(settings, std::make_shared<TlsContext>(settings_for("server")));
  loop_.start();
  TcpClient client(listener->port());
  client.send("\x16");
  EXPECT_EQ(client.receive_all(), "");
  loop_.stop(std::chrono::seconds(10));
  EXPECT_EQ(listener->counters().handshakes_failed, 1U);
  EXPECT_NE(log_.text().find("the peer took too long"), std::string::npos);
}

TEST_F(TlsListenerTest, ReadsTheProxyHeaderBeforeTls) {
  auto settings = on_loopback();
  settings.proxies.push_back(*base::Network::parse("127.0.0.1"));
  const auto listener = listen(settings, std::make_shared<TlsContext>(settings_for("server")));
  loop_.start();
  TcpClient tcp(listener->port());
  tcp.send(proxy_header);
  TlsClient client;
  ASSERT_TRUE(client.handshake(tcp));
  client.send("hello.");
  EXPECT_EQ(client.receive_all(), "hello.192.0.2.7||0|");
}

TEST(TlsContext, RefusesIdentitiesThatCannotServe) {
  const auto good = make_identity("good");
  const auto other = make_identity("other");
  TlsSettings settings;
  settings.identity = good;
  TlsContext context(settings);
  const auto before = context.current();

  settings.identity.private_key_pem = other.private_key_pem;
  EXPECT_THROW(context.replace(settings), std::runtime_error);
  settings.identity.private_key_pem = base::Secret(base::to_bytes("not a key"));
  EXPECT_THROW(context.replace(settings), std::runtime_error);
  settings.identity = good;
  settings.identity.certificate_chain_pem = "";
  EXPECT_THROW(context.replace(settings), std::runtime_error);
  settings.identity.certificate_chain_pem =
      good.certificate_chain_pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_THROW(context.replace(settings), std::runtime_error);
  settings.identity = good;
  settings.second_identity = other;
  EXPECT_THROW(context.replace(settings), std::runtime_error) << "two keys of one type";
  EXPECT_EQ(context.current(), before);
}

}  // namespace
}  // namespace muster::net
