#include "cli/server.hpp"

#include <curl/curl.h>

#include <new>
#include <stdexcept>

#include "base/bytes.hpp"
#include "base/version.hpp"
#include "cli/failure.hpp"

namespace muster::cli {
namespace {

constexpr long connect_timeout_s = 10;
constexpr long reply_timeout_s = 60;
constexpr std::size_t reply_size_max = 256U * 1024 * 1024;

/// libcurl's state for the whole process.
class CurlLibrary {
 public:
  CurlLibrary() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl cannot be used");
  }
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;
  ~CurlLibrary() { curl_global_cleanup(); }
};

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

std::size_t collect(const char* data, std::size_t size, std::size_t count, void* target) {
  auto& body = *static_cast<std::string*>(target);
  if (body.size() + size * count > reply_size_max) return 0;
  body.append(data, size * count);
  return size * count;
}

void add(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

bool is_certificate_problem(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
}

class HttpsServer final : public Server {
 public:
  explicit HttpsServer(ConnectionOptions options) : options_(std::move(options)), handle_(curl_easy_init()) {
    if (!handle_) throw std::bad_alloc();
  }

  Reply send(std::string_view method, const std::string& target, const std::string& body,
             const std::vector<std::string>& headers) override {
    CURL* curl = handle_.get();
    curl_easy_reset(curl);  // keeps the connection
    Reply reply;
    const std::string verb(method);
    const std::string url = options_.url + target;

    HeaderList list;
    std::string authorization = "Authorization: Bearer " + std::string(base::text_view(options_.token.reveal()));
    add(list, authorization);
    base::wipe(authorization);
    for (const auto& header : headers) add(list, header);
    if (!body.empty()) add(list, "Content-Type: application/json");

    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, verb.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list.get());
    curl_easy_setopt(curl, CURLOPT_USERAGENT, (std::string("muster/") + base::version).c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_timeout_s);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, reply_timeout_s);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply.body);
    if (!options_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options_.ca_file.c_str());
    if (!body.empty()) {
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    }

    const CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
      std::string line = "cannot reach " + options_.url + ": " + curl_easy_strerror(code);
      if (is_certificate_problem(code)) line += " (give the service's CA certificate with --ca or MUSTER_CA)";
      throw Failure(ExitCode::connection, line);
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
    return reply;
  }

 private:
  ConnectionOptions options_;
  CurlLibrary library_;
  Handle handle_;
};

}  // namespace

std::unique_ptr<Server> connect(ConnectionOptions options) {
  if (!base::equal_ignoring_case(std::string_view(options.url).substr(0, 8), "https://"))
    throw Failure(ExitCode::input, "the URL must begin with https://: " + options.url);
  while (options.url.ends_with('/')) options.url.pop_back();
  return std::make_unique<HttpsServer>(std::move(options));
}

}  // namespace muster::cli
