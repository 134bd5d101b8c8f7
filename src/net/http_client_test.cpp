#include "net/http_client.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/run_task.hpp"
#include "net/http_connection.hpp"
#include "net/loopback_test.hpp"

namespace muster::net {
namespace {

using namespace testing;

/// Answers with what a path asks for, and with what it was asked.
class EchoHandler final : public HttpHandler {
 public:
  base::Task<HttpResponse> handle(HttpRequest request) override {
    HttpResponse response;
    if (request.path.starts_with("/status/")) response.status = std::stoi(request.path.substr(8));
    if (request.path == "/redirect") {
      response.status = 307;
      response.headers.emplace_back("Location", "/status/200");
    }
    if (request.path == "/large")
      response.body.assign(std::stoul(request.query), 'x');
    else
      response.body = request.method + " " + std::string(request.header("X-Test").value_or("")) + " " + request.body;
    co_return response;
  }
  HttpResponse refuse(const RefusedRequest& refused) override {
    HttpResponse response;
    response.status = refused.status;
    return response;
  }
};

class HttpClientTest : public ::testing::Test {
 protected:
  HttpClientTest() : server_(handler_, log_, random_, clock_, {}, {}) {
    std::ofstream(ca_file_) << identity_.certificate_chain_pem;
    TlsSettings settings{.identity = identity_,
                         .second_identity = {},
                         .client_certificates = ClientCertificates::do_not_ask,
                         .application_protocols = {},
                         .by_server_name = {}};
    const auto serve = [this](ByteStreamPtr stream) { return server_.serve(std::move(stream)); };
    plain_ = std::make_unique<Listener>(loop_, on_loopback(), nullptr, serve, log_);
    secure_ = std::make_unique<Listener>(loop_, on_loopback(), std::make_shared<TlsContext>(std::move(settings)), serve,
                                         log_);
    loop_.start();
  }
  ~HttpClientTest() override { std::filesystem::remove(ca_file_); }

  std::string plain(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(plain_->port()) + path;
  }
  std::string secure(const std::string& path) const {
    return "https://localhost:" + std::to_string(secure_->port()) + path;
  }
  static HttpReply post(HttpClient& client, const std::string& url, std::size_t answer_size_max = 1000) {
    HttpPost wanted;
    wanted.url = url;
    wanted.headers.emplace_back("X-Test", "here");
    wanted.body = "body";
    wanted.answer_size_max = answer_size_max;
    return base::run_task(client.post(std::move(wanted)));
  }

  RecordingLog log_;
  EchoHandler handler_;
  base::SequenceRandom random_;
  base::SystemClock clock_;
  TlsIdentity identity_ = make_identity("localhost");
  const std::string ca_file_ =
      (std::filesystem::temp_directory_path() / ("muster-client-" + std::to_string(::getpid()) + ".pem")).string();
  HttpServer server_;
  ServerLoop loop_{1, log_};
  std::unique_ptr<Listener> plain_;
  std::unique_ptr<Listener> secure_;
};

TEST_F(HttpClientTest, PostsAndTakesTheAnswer) {
  HttpClient client{{}};
  const auto reply = post(client, plain("/a"));
  EXPECT_EQ(reply.status, 200) << reply.problem;
  EXPECT_EQ(reply.body, "POST here body");
  EXPECT_EQ(post(client, plain("/status/503")).status, 503);
}

TEST_F(HttpClientTest, TrustsOnlyWhatItIsToldTo) {
  HttpClient distrustful{{}};
  const auto refused = post(distrustful, secure("/a"));
  EXPECT_EQ(refused.status, 0);
  EXPECT_TRUE(refused.is_permanent) << refused.problem;

  HttpClientSettings settings;
  settings.ca_file = ca_file_;
  HttpClient trusting(std::move(settings));
  EXPECT_EQ(post(trusting, secure("/a")).body, "POST here body");
  // The certificate is for the name, not for the address.
  const auto misnamed = post(trusting, "https://127.0.0.1:" + std::to_string(secure_->port()) + "/a");
  EXPECT_EQ(misnamed.status, 0);
  EXPECT_TRUE(misnamed.is_permanent) << misnamed.problem;
}

TEST_F(HttpClientTest, FollowsNoRedirect) {
  HttpClient client{{}};
  EXPECT_EQ(post(client, plain("/redirect")).status, 307);
}

TEST_F(HttpClientTest, TakesNoMoreThanItIsToldTo) {
  HttpClient client{{}};
  EXPECT_EQ(post(client, plain("/large?1000")).body.size(), 1000U);
  const auto refused = post(client, plain("/large?1001"));
  EXPECT_EQ(refused.status, 0);
  EXPECT_TRUE(refused.body.empty());
  EXPECT_TRUE(refused.is_permanent);
}

TEST_F(HttpClientTest, SaysWhereNobodyAnswers) {
  HttpClient client{{}};
  // Bound, so that nobody else gets the port, and not listening.
  const int nobody = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(nobody, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(nobody, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto reply = post(client, "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/a");
  ::close(nobody);
  EXPECT_EQ(reply.status, 0);
  EXPECT_FALSE(reply.is_permanent) << reply.problem;
  EXPECT_FALSE(reply.problem.empty());
}

TEST_F(HttpClientTest, MakesOnlySoManyCallsAtTheSameTime) {
  HttpClientSettings settings;
  settings.calls_max = 0;
  HttpClient client(std::move(settings));
  const auto reply = post(client, plain("/a"));
  EXPECT_EQ(reply.status, 0);
  EXPECT_FALSE(reply.is_permanent);
  EXPECT_NE(reply.problem.find("too many"), std::string::npos);
}

TEST(UrlToCall, IsHttpsOrOnThisMachine) {
  for (const char* good :
       {"https://hook.example/api?code=a", "https://192.0.2.1:8443/", "http://127.0.0.1/", "http://127.1.2.3:7071/api",
        "http://[::1]:80/", "http://localhost/", "HTTPS://hook.example"})
    EXPECT_EQ(problem_of_url(good, false), "") << good;
  for (const char* bad : {"http://hook.example/", "http://192.0.2.1/", "http://127.0.0.1.example/",
                          "http://localhost.example/", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://localhost/",
                          "https://user:pass@hook.example/", "https://hook.example/#a", "", "hook", "https://"})
    EXPECT_NE(problem_of_url(bad, false), "") << bad;
  EXPECT_EQ(problem_of_url("http://hook.example/", true), "");
  EXPECT_NE(problem_of_url("file:///etc/passwd", true), "");
  EXPECT_EQ(problem_of_url("https://hook.example/" + std::string(2048 - 21, 'a'), false), "");
  EXPECT_NE(problem_of_url("https://hook.example/" + std::string(2048 - 20, 'a'), false), "");
}

}  // namespace
}  // namespace muster::net
