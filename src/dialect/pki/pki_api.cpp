#include "dialect/pki/pki_api.hpp"

namespace muster::dialect::pki {
namespace {

using base::Bytes;
using base::Result;
using net::HttpRequest;
using net::HttpResponse;

constexpr std::string_view ocsp_by_get = "ocsp/";

/// "ID scope" and "crl" out of /pki/ID-SCOPE/crl.
struct Place {
  std::string id_scope;
  std::string what;
};

std::optional<Place> place_of(std::string_view path) {
  if (!path.starts_with(path_prefix)) return std::nullopt;
  path.remove_prefix(path_prefix.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  return Place{base::to_lower(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

HttpResponse text(int status, std::string sentence) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(sentence) + "\n";
  return response;
}

HttpResponse method_not_allowed(const char* allowed) {
  HttpResponse response = text(405, std::string("Only ") + allowed + " is taken here.");
  response.headers.emplace_back("Allow", allowed);
  return response;
}

HttpResponse octets(const Result<Bytes>& made, const char* content_type) {
  if (!made && made.error().code() == base::Errc::unknown_id_scope) return text(404, "There is no such ID scope.");
  if (!made) return text(500, "The answer could not be signed.");
  HttpResponse response;
  response.headers.emplace_back("Content-Type", content_type);
  response.body = std::string(base::text_view(*made));
  return response;
}

/// A request in the address; nothing where it is none. Clients leave '/' and '+' of base64 as they are or encode them.
std::optional<Bytes> question_of(std::string_view encoded) {
  const auto decoded = net::percent_decode(encoded);
  if (!decoded) return std::nullopt;
  return base::from_base64_lenient(*decoded);
}

}  // namespace

base::Task<HttpResponse> PkiApi::handle(HttpRequest request) {
  const auto place = place_of(request.path);
  if (!place) co_return text(404, "There is nothing here.");
  base::IdScope id_scope(place->id_scope);
  const bool is_get = request.method == "GET";

  if (place->what == "issuing.crt" || place->what == "crl") {
    if (!is_get) co_return method_not_allowed("GET");
    if (place->what == "crl") {
      const auto list = co_await revocations_.list(std::move(id_scope));
      co_return octets(list, "application/pkix-crl");
    }
    const auto certificate = co_await revocations_.issuing_certificate(std::move(id_scope));
    co_return octets(certificate, "application/pkix-cert");
  }
  if (place->what == "ocsp") {
    if (request.method != "POST") co_return method_not_allowed("POST");
    Bytes question = base::to_bytes(request.body);
    const auto answer = co_await revocations_.answer(std::move(id_scope), std::move(question));
    co_return octets(answer, "application/ocsp-response");
  }
  if (place->what.starts_with(ocsp_by_get)) {
    if (!is_get) co_return method_not_allowed("GET");
    auto question = question_of(std::string_view(place->what).substr(ocsp_by_get.size()));
    if (!question) co_return text(400, "The address holds no base64.");
    const auto answer = co_await revocations_.answer(std::move(id_scope), std::move(*question));
    co_return octets(answer, "application/ocsp-response");
  }
  co_return text(404, "There is nothing here.");
}

HttpResponse PkiApi::refuse(const net::RefusedRequest& refused) {
  HttpResponse response = text(refused.status, refused.reason);
  response.close = true;
  return response;
}

}  // namespace muster::dialect::pki
