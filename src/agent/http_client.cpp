#include "agent/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "agent/outcome.hpp"
#include "base/version.hpp"

namespace muster::agent {
namespace {

constexpr long connect_timeout_ms = 15'000;

// What repeating the request cannot cure.
constexpr CURLcode permanent_problems[] = {
    CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT,      CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
    CURLE_SSL_CACERT_BADFILE,   CURLE_SSL_CRL_BADFILE,    CURLE_SSL_ISSUER_ERROR,         CURLE_SSL_CIPHER,
    CURLE_WRITE_ERROR,          CURLE_SSL_ENGINE_NOTFOUND};

// Returning less than what came makes curl give up with CURLE_WRITE_ERROR.
std::size_t take_body(char* data, std::size_t, std::size_t size, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size > reply_size_max) return 0;
  text.append(data, size);
  return size;
}

bool is_https_origin(std::string_view endpoint) {
  constexpr std::string_view scheme = "https://";
  if (!endpoint.starts_with(scheme) || endpoint.size() == scheme.size() || endpoint.size() > 300) return false;
  return endpoint.find_first_of("/?#@ \\", scheme.size()) == std::string_view::npos;
}

struct HeaderList {
  ~HeaderList() { curl_slist_free_all(list); }
  void add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(list, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list = longer;
  }
  curl_slist* list = nullptr;
};

}  // namespace

class CurlTransport::Handle {
 public:
  Handle() : curl_(curl_easy_init()) {
    if (curl_ == nullptr) throw std::runtime_error("libcurl does not start");
  }
  ~Handle() { curl_easy_cleanup(curl_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(curl_, option, value);
    if (code != CURLE_OK) throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(code));
  }
  template <class Value>
  Value get(CURLINFO info) {
    Value value{};
    curl_easy_getinfo(curl_, info, &value);
    return value;
  }
  CURLcode perform() { return curl_easy_perform(curl_); }

 private:
  CURL* curl_;
};

CurlTransport::CurlTransport(std::string endpoint, const TlsFiles& files) : endpoint_(std::move(endpoint)) {
  while (endpoint_.ends_with('/')) endpoint_.pop_back();
  if (!is_https_origin(endpoint_))
    throw Failure(ExitCode::usage,
                  "The endpoint must be https://host or https://host:port, not \"" + endpoint_ + "\".");

  curl_global_init(CURL_GLOBAL_DEFAULT);
  handle_ = std::make_unique<Handle>();
  handle_->set(CURLOPT_PROTOCOLS_STR, "https");
  handle_->set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  handle_->set(CURLOPT_SSL_VERIFYPEER, 1L);
  handle_->set(CURLOPT_SSL_VERIFYHOST, 2L);
  handle_->set(CURLOPT_FOLLOWLOCATION, 0L);
  handle_->set(CURLOPT_NOSIGNAL, 1L);
  handle_->set(CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  handle_->set(CURLOPT_USERAGENT, (std::string("muster-agent/") + base::version).c_str());
  handle_->set(CURLOPT_WRITEFUNCTION, &take_body);
  if (!files.trusted_certificates.empty()) {
    handle_->set(CURLOPT_CAINFO, files.trusted_certificates.c_str());
    // The system's directory would stay trusted beside the file.
    handle_->set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!files.certificate.empty()) {
    handle_->set(CURLOPT_SSLCERT, files.certificate.c_str());
    handle_->set(CURLOPT_SSLKEY, files.key.c_str());
  }
}

CurlTransport::~CurlTransport() = default;

HttpResult CurlTransport::send(const HttpRequest& request) {
  HeaderList headers;
  headers.add("Accept: application/json");
  headers.add("Content-Type: application/json; charset=utf-8");
  headers.add("Expect:");  // curl would hold a body back for a second to ask for leave
  if (!request.authorization.empty()) headers.add("Authorization: " + request.authorization);

  HttpReply reply;
  std::array<char, CURL_ERROR_SIZE> reason{};
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(request.timeout).count();
  handle_->set(CURLOPT_URL, (endpoint_ + request.path).c_str());
  handle_->set(CURLOPT_HTTPGET, 1L);  // forgets the former request's body
  handle_->set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body.empty()) {
    handle_->set(CURLOPT_POSTFIELDS, request.body.c_str());
    handle_->set(CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
  }
  handle_->set(CURLOPT_HTTPHEADER, headers.list);
  handle_->set(CURLOPT_TIMEOUT_MS, std::max(long{timeout}, 1L));
  handle_->set(CURLOPT_WRITEDATA, &reply.body);
  handle_->set(CURLOPT_ERRORBUFFER, reason.data());

  const CURLcode code = handle_->perform();
  handle_->set(CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
  if (code != CURLE_OK) {
    const bool retry = std::ranges::find(permanent_problems, code) == std::end(permanent_problems);
    std::string detail = reason[0] == '\0' ? curl_easy_strerror(code) : reason.data();
    if (code == CURLE_WRITE_ERROR) detail = "the answer is longer than 64 KiB";
    return TransportProblem{.message = endpoint_ + ": " + detail, .retry = retry};
  }
  reply.status = static_cast<int>(handle_->get<long>(CURLINFO_RESPONSE_CODE));
  const auto retry_after = handle_->get<curl_off_t>(CURLINFO_RETRY_AFTER);
  if (retry_after > 0) reply.retry_after = std::chrono::seconds(retry_after);
  return reply;
}

}  // namespace muster::agent
