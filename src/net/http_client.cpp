#include "net/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/completion.hpp"
#include "base/ip_network.hpp"
#include "base/version.hpp"

namespace muster::net {
namespace {

constexpr int poll_interval_ms = 1000;
constexpr std::size_t url_size_max = 2048;

// What repeating the request cannot cure.
constexpr CURLcode permanent_problems[] = {CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT,
                                           CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE};

/// A part of a URL, as libcurl itself reads it; empty where there is none.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string value(text);
  curl_free(text);
  return value;
}

bool is_loopback(std::string host) {
  if (base::to_lower(host) == "localhost") return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = base::IpAddress::parse(host);
  static const auto ipv4 = *base::Network::parse("127.0.0.0/8");
  static const auto ipv6 = *base::Network::parse("::1/128");
  return address && (ipv4.contains(*address) || ipv6.contains(*address));
}

/// One request on its way.
struct Transfer {
  HttpPost post;
  base::Completion<HttpReply> completion;
  HttpReply reply;
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_slist* headers = nullptr;
  CURL* easy = nullptr;

  Transfer(HttpPost wanted, base::Completion<HttpReply> done) : post(std::move(wanted)), completion(std::move(done)) {}
  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
};

// Returning less than what came makes curl give up with CURLE_WRITE_ERROR.
std::size_t take_body(char* data, std::size_t, std::size_t size, void* transfer) {
  auto& of = *static_cast<Transfer*>(transfer);
  if (of.reply.body.size() + size > of.post.answer_size_max) return 0;
  of.reply.body.append(data, size);
  return size;
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code != CURLE_OK) throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(code));
}

void prepare(Transfer& transfer, const HttpClientSettings& settings) {
  transfer.easy = curl_easy_init();
  if (transfer.easy == nullptr) throw std::runtime_error("libcurl has no memory");
  // curl would hold a body back for a second to ask for leave, and guess a content type.
  std::vector<std::string> lines = {"Expect:"};
  for (const auto& [name, value] : transfer.post.headers) lines.push_back(name + ": " + value);
  for (const auto& line : lines) {
    curl_slist* const longer = curl_slist_append(transfer.headers, line.c_str());
    if (longer == nullptr) throw std::runtime_error("libcurl has no memory");
    transfer.headers = longer;
  }
  CURL* const easy = transfer.easy;
  set(easy, CURLOPT_URL, transfer.post.url.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "https,http");  // problem_of_url has the last word on http
  set(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_PROXY, "");
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_USERAGENT, (std::string("muster/") + base::version).c_str());
  if (!settings.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
    // The system's directory would stay trusted beside the file.
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  set(easy, CURLOPT_POST, 1L);
  set(easy, CURLOPT_POSTFIELDS, transfer.post.body.c_str());
  set(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(transfer.post.body.size()));
  set(easy, CURLOPT_HTTPHEADER, transfer.headers);
  set(easy, CURLOPT_TIMEOUT_MS, std::max<long>(static_cast<long>(transfer.post.time_max.count()), 1L));
  set(easy, CURLOPT_WRITEFUNCTION, &take_body);
  set(easy, CURLOPT_WRITEDATA, &transfer);
  set(easy, CURLOPT_ERRORBUFFER, transfer.reason.data());
}

HttpReply without_answer(std::string problem, bool is_permanent = false) {
  HttpReply reply;
  reply.problem = std::move(problem);
  reply.is_permanent = is_permanent;
  return reply;
}

}  // namespace

std::string problem_of_url(const std::string& text, bool allow_http) {
  if (text.size() > url_size_max) return "the URL is longer than 2048 octets";
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return "it is not a URL";
  if (!part_of(url.get(), CURLUPART_USER).empty() || !part_of(url.get(), CURLUPART_PASSWORD).empty())
    return "the URL holds a user or a password";
  if (!part_of(url.get(), CURLUPART_FRAGMENT).empty()) return "the URL has a fragment";
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme == "https") return {};
  if (scheme != "http") return "the URL is not https";
  if (allow_http || is_loopback(part_of(url.get(), CURLUPART_HOST))) return {};
  return "the URL is not https, and its host is not this machine";
}

/// The thread, and what it shares with those who call.
class HttpClient::Worker {
 public:
  explicit Worker(HttpClientSettings settings) : settings_(std::move(settings)), multi_(curl_multi_init()) {
    if (multi_ == nullptr) throw std::runtime_error("libcurl does not start");
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(settings_.connections_max));
    thread_ = std::thread([this] { run(); });
  }
  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_.join();
    curl_multi_cleanup(multi_);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  const HttpClientSettings& settings() const { return settings_; }

  /// False, and nothing is done, where there are too many.
  bool enqueue(std::unique_ptr<Transfer> transfer) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || calls_ >= settings_.calls_max) return false;
      ++calls_;
      waiting_.push_back(std::move(transfer));
    }
    curl_multi_wakeup(multi_);
    return true;
  }

 private:
  void run() {
    while (take_waiting()) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      finish_done();
      curl_multi_poll(multi_, nullptr, 0, poll_interval_ms, nullptr);
    }
    while (!active_.empty()) finish(active_.begin()->first, without_answer("the service is shutting down"));
  }

  /// Whether to go on.
  bool take_waiting() {
    std::vector<std::unique_ptr<Transfer>> taken;
    bool stopping = false;
    {
      const std::lock_guard lock(mutex_);
      taken.swap(waiting_);
      stopping = stopping_;
    }
    for (auto& transfer : taken) {
      try {
        prepare(*transfer, settings_);
      } catch (const std::exception& fault) {
        transfer->completion.set(without_answer(fault.what()));
        forget_one();
        continue;
      }
      CURL* const easy = transfer->easy;
      active_.emplace(easy, std::move(transfer));
      if (const CURLMcode code = curl_multi_add_handle(multi_, easy); code != CURLM_OK)
        finish(easy, without_answer(curl_multi_strerror(code)));
    }
    return !stopping;
  }

  void finish_done() {
    int left = 0;
    for (CURLMsg* message = curl_multi_info_read(multi_, &left); message != nullptr;
         message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const easy = message->easy_handle;
      finish(easy, reply_of(*active_.at(easy), message->data.result));
    }
  }

  HttpReply reply_of(Transfer& transfer, CURLcode code) const {
    if (code == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
      transfer.reply.status = static_cast<int>(status);
      return std::move(transfer.reply);
    }
    const bool is_permanent = std::ranges::find(permanent_problems, code) != std::end(permanent_problems);
    if (code == CURLE_WRITE_ERROR)
      return without_answer("the answer is longer than " + std::to_string(transfer.post.answer_size_max) + " octets",
                            true);
    return without_answer(transfer.reason[0] == '\0' ? curl_easy_strerror(code) : transfer.reason.data(), is_permanent);
  }

  void finish(CURL* easy, HttpReply reply) {
    const auto at = active_.find(easy);
    curl_multi_remove_handle(multi_, easy);
    const std::unique_ptr<Transfer> transfer = std::move(at->second);
    active_.erase(at);
    forget_one();
    transfer->completion.set(std::move(reply));
  }

  void forget_one() {
    const std::lock_guard lock(mutex_);
    --calls_;
  }

  HttpClientSettings settings_;
  CURLM* multi_;
  std::map<CURL*, std::unique_ptr<Transfer>> active_;  // of the thread alone
  std::mutex mutex_;                                   // for what follows
  std::vector<std::unique_ptr<Transfer>> waiting_;
  std::size_t calls_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

HttpClient::HttpClient(HttpClientSettings settings) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::runtime_error("libcurl does not start");
  worker_ = std::make_unique<Worker>(std::move(settings));
}

HttpClient::~HttpClient() = default;

base::Task<HttpReply> HttpClient::post(HttpPost post) {
  if (std::string problem = problem_of_url(post.url, worker_->settings().allow_http); !problem.empty())
    co_return without_answer(std::move(problem), true);
  base::Completion<HttpReply> completion;
  auto transfer = std::make_unique<Transfer>(std::move(post), completion);
  if (!worker_->enqueue(std::move(transfer))) co_return without_answer("too many calls at the same time");
  co_return co_await completion.wait();
}

}  // namespace muster::net
