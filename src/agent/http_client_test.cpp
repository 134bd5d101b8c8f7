// The tests that need a server start `openssl s_server`, which hands out prepared answers.
#include "agent/http_client.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "agent/outcome.hpp"

namespace muster::agent {
namespace {

HttpRequest get(std::string path) {
  HttpRequest request;
  request.method = "GET";
  request.path = std::move(path);
  request.timeout = std::chrono::seconds(30);
  return request;
}

/// An HTTPS server for "localhost" with a self-signed certificate, and a directory of complete answers.
class HttpsServer : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string pattern = (std::filesystem::temp_directory_path() / "muster-https-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    for (const char* name : {"server", "stranger"}) ASSERT_EQ(make_certificate(name), 0);
    answer("ok", "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{}");
    answer("busy", "HTTP/1.0 429 Too Many Requests\r\nRetry-After: 17\r\n\r\n");
    answer("moved", "HTTP/1.0 302 Found\r\nLocation: /ok\r\n\r\n");
    answer("longest", "HTTP/1.0 200 OK\r\n\r\n" + std::string(reply_size_max, 'x'));
    answer("too-long", "HTTP/1.0 200 OK\r\n\r\n" + std::string(reply_size_max + 1, 'x'));
    start();
  }
  static void TearDownTestSuite() {
    if (process_ > 0) {
      kill(process_, SIGTERM);
      waitpid(process_, nullptr, 0);
    }
    std::filesystem::remove_all(directory_);
  }

  static std::string file(const std::string& name) { return (directory_ / name).string(); }
  static std::string endpoint(const std::string& host) { return "https://" + host + ":" + port_; }
  static TlsFiles trusting(const std::string& name) {
    TlsFiles files;
    files.trusted_certificates = file(name);
    return files;
  }
  /// What went wrong; empty where nothing did.
  static TransportProblem problem_with(CurlTransport& transport, const std::string& path) {
    const HttpResult result = transport.send(get(path));
    const auto* problem = std::get_if<TransportProblem>(&result);
    return problem != nullptr ? *problem : TransportProblem{};
  }
  static HttpReply reply_to(CurlTransport& transport, const std::string& path) {
    const HttpResult result = transport.send(get(path));
    if (const auto* problem = std::get_if<TransportProblem>(&result)) ADD_FAILURE() << problem->message;
    return std::holds_alternative<HttpReply>(result) ? std::get<HttpReply>(result) : HttpReply{};
  }

 private:
  static int make_certificate(const std::string& name) {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost -keyout " +
        file(name + ".key") + " -out " + file(name + ".pem") + " 2> /dev/null";
    return std::system(command.c_str());
  }
  static void answer(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name, std::ios::binary) << text;
  }
  /// Port 0: the server says on its standard output which one the system chose.
  static void start() {
    int output[2];
    ASSERT_EQ(pipe(output), 0);
    process_ = fork();
    ASSERT_GE(process_, 0);
    if (process_ == 0) {
      dup2(output[1], STDOUT_FILENO);
      close(output[0]);
      if (chdir(directory_.c_str()) == 0)
        execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "server.pem", "-key", "server.key",
               "-HTTP", static_cast<char*>(nullptr));
      _exit(127);
    }
    close(output[1]);
    FILE* const lines = fdopen(output[0], "r");
    char line[256];
    while (port_.empty() && std::fgets(line, sizeof line, lines) != nullptr) {
      const std::string text(line);
      if (text.starts_with("ACCEPT ")) port_ = text.substr(text.rfind(':') + 1, text.size() - text.rfind(':') - 2);
    }
    std::fclose(lines);
    ASSERT_FALSE(port_.empty());
  }

  inline static std::filesystem::path directory_;
  inline static std::string port_;
  inline static pid_t process_ = -1;
};

TEST_F(HttpsServer, IsReadWhenItsCertificateIsTrusted) {
  CurlTransport transport(endpoint("localhost"), trusting("server.pem"));
  const HttpReply reply = reply_to(transport, "/ok");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "{}");
  EXPECT_FALSE(reply.retry_after);
}

TEST_F(HttpsServer, IsRefusedForGoodWhenItsCertificateIsNotTrusted) {
  for (const TlsFiles& files : {trusting("stranger.pem"), TlsFiles{}}) {
    CurlTransport transport(endpoint("localhost"), files);
    const TransportProblem problem = problem_with(transport, "/ok");
    EXPECT_NE(problem.message, "");
    EXPECT_FALSE(problem.retry);
  }
}

TEST_F(HttpsServer, IsRefusedForGoodWhenItsCertificateNamesAnother) {
  CurlTransport transport(endpoint("127.0.0.1"), trusting("server.pem"));
  const TransportProblem problem = problem_with(transport, "/ok");
  EXPECT_NE(problem.message, "");
  EXPECT_FALSE(problem.retry);
}

TEST_F(HttpsServer, SaysWhenToComeBack) {
  CurlTransport transport(endpoint("localhost"), trusting("server.pem"));
  const HttpReply reply = reply_to(transport, "/busy");
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.retry_after, std::chrono::seconds(17));
}

TEST_F(HttpsServer, IsNotFollowedElsewhere) {
  CurlTransport transport(endpoint("localhost"), trusting("server.pem"));
  EXPECT_EQ(reply_to(transport, "/moved").status, 302);
}

TEST_F(HttpsServer, IsReadUpToTheLimit) {
  CurlTransport transport(endpoint("localhost"), trusting("server.pem"));
  EXPECT_EQ(reply_to(transport, "/longest").body.size(), reply_size_max);
  const TransportProblem problem = problem_with(transport, "/too-long");
  EXPECT_NE(problem.message.find("longer than 64 KiB"), std::string::npos);
  EXPECT_FALSE(problem.retry);
}

TEST_F(HttpsServer, IsNotAskedWithoutTheKeyOfTheClientsCertificate) {
  TlsFiles files = trusting("server.pem");
  files.certificate = file("stranger.pem");
  files.key = file("server.key");
  CurlTransport transport(endpoint("localhost"), files);
  EXPECT_FALSE(problem_with(transport, "/ok").retry);
  EXPECT_NE(problem_with(transport, "/ok").message, "");
}

TEST(CurlTransport, RefusesEndpointsThatAreNotHttpsOrigins) {
  for (const char* endpoint : {"", "https://", "http://localhost", "localhost:8443", "https://localhost/path",
                               "https://user@localhost", "https://localhost?x", "file:///etc/passwd"})
    EXPECT_THROW(CurlTransport(endpoint, TlsFiles{}), Failure) << endpoint;
}

TEST(CurlTransport, AcceptsTrailingSlash) { EXPECT_NO_THROW(CurlTransport("https://localhost:8443/", TlsFiles{})); }

TEST(CurlTransport, AdvisesRetryWhenNobodyListens) {
  CurlTransport transport("https://127.0.0.1:1", TlsFiles{});
  const HttpResult result = transport.send(get("/"));
  const auto* problem = std::get_if<TransportProblem>(&result);
  ASSERT_NE(problem, nullptr);
  EXPECT_TRUE(problem->retry);
  EXPECT_NE(problem->message.find("https://127.0.0.1:1"), std::string::npos);
}

}  // namespace
}  // namespace muster::agent
