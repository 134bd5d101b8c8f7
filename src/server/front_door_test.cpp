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
  net::HttpResponse refuse(int status, std::string_view) override {
    net::HttpResponse response;
    response.status = status;
    response.body = name_;
    return response;
  }

 private:
  std::string name_;
};

TEST(FrontDoor, GivesEachPathToItsDialect) {
  Named admin("admin"), azure("azure");
  FrontDoor front_door(admin, azure);
  const std::pair<const char*, const char*> cases[] = {
      {"/muster/v1/status", "admin"},
      {"/muster/", "admin"},
      {"/enrollments/dev-1", "azure"},
      {"/0ne0000000a/registrations/dev-1/register", "azure"},
      {"/", "azure"},
      {"/musters/v1", "azure"},
  };
  for (const auto& [path, name] : cases) {
    net::HttpRequest request;
    request.path = path;
    EXPECT_EQ(base::run_task(front_door.handle(std::move(request))).body, name) << path;
  }
}

TEST(FrontDoor, RefusesInTheDevicesWordsWhatNeverBecameARequest) {
  Named admin("admin"), azure("azure");
  FrontDoor front_door(admin, azure);
  EXPECT_EQ(front_door.refuse(431, "too large").body, "azure");
  EXPECT_EQ(front_door.refuse(431, "too large").status, 431);
}

}  // namespace
}  // namespace muster::server
