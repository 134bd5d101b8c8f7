#include "server/front_door.hpp"

#include <gtest/gtest.h>

#include "base/run_task.hpp"

namespace muster::server {
namespace {

/// Answers with its own name.
class Named final : public net::HttpHandler {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  base::Task<net::HttpResponse> handle(net::HttpRequest) override {
    net::HttpResponse response;
    response.body = name_;
    co_return response;
  }
  net::HttpResponse refuse(const net::RefusedRequest& refused) override {
    net::HttpResponse response;
    response.status = refused.status;
    response.body = name_;
    return response;
  }

 private:
  std::string name_;
};

TEST(FrontDoor, GivesEachPathToItsDialect) {
  Named admin("admin"), pki("pki"), azure("azure");
  FrontDoor front_door(admin, pki, azure);
  const std::pair<const char*, const char*> cases[] = {
      {"/muster/v1/status", "admin"},
      {"/muster/", "admin"},
      {"/enrollments/dev-1", "azure"},
      {"/0ne0000000a/registrations/dev-1/register", "azure"},
      {"/", "azure"},
      {"/musters/v1", "azure"},
      {"/pki/0ne0000000a/crl", "pki"},
      {"/pki", "azure"},
  };
  for (const auto& [path, name] : cases) {
    net::HttpRequest request;
    request.path = path;
    EXPECT_EQ(base::run_task(front_door.handle(std::move(request))).body, name) << path;
  }
}

TEST(FrontDoor, RefusesInTheWordsOfWhoeverThePathBelongsTo) {
  Named admin("admin"), pki("pki"), azure("azure");
  FrontDoor front_door(admin, pki, azure);
  const std::pair<const char*, const char*> cases[] = {
      {"/muster/v1/groups/g", "admin"}, {"/enrollments/dev-1", "azure"}, {"", "azure"}};
  for (const auto& [path, name] : cases) {
    const net::RefusedRequest refused{.status = 413, .reason = "too large", .path = path, .request_id = "r"};
    const auto response = front_door.refuse(refused);
    EXPECT_EQ(response.body, name) << path;
    EXPECT_EQ(response.status, 413);
  }
}

}  // namespace
}  // namespace muster::server
