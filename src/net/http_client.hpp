// Requests to other servers, without holding a thread up for each.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "net/http.hpp"

namespace muster::net {

/// One POST of a text.
struct HttpPost {
  std::string url;
  std::vector<Header> headers;
  std::string body;
  std::chrono::milliseconds time_max{10'000};  ///< for all of it: name look-up, connection, answer
  std::size_t answer_size_max = 64 * 1024;
};

struct HttpReply {
  int status = 0;    ///< 0: there was no answer
  std::string body;  ///< empty where there was no answer
  std::string problem;
  bool is_permanent = false;  ///< the problem is not one of the moment: a bad URL, a certificate that is not trusted
};

struct HttpClientSettings {
  std::string ca_file;           ///< PEM; empty: what the system trusts
  bool allow_http = false;       ///< true: "http:" to any host; false: to this machine's loopback only
  std::size_t calls_max = 1024;  ///< at the same time; what comes beyond is answered with a problem at once
  std::size_t connections_max = 1024;
};

/// Makes requests with libcurl on one thread of its own. Redirects are not followed, no proxy is used, and a
/// certificate that does not fit the name ends the call. Safe to call from any thread; the caller resumes on its own.
class HttpClient {
 public:
  /// Throws std::runtime_error where libcurl does not start.
  explicit HttpClient(HttpClientSettings settings);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  /// Calls under way end with a problem. The loops of those who wait for them must still be there.
  ~HttpClient();

  base::Task<HttpReply> post(HttpPost post);

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

/// Whether a client may call this URL: "https:", or "http:" to 127.0.0.0/8, [::1] or localhost, or to any host where
/// `allow_http`; without user, password or fragment. Otherwise why not, for people.
std::string problem_of_url(const std::string& url, bool allow_http);

}  // namespace muster::net
