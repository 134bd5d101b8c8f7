#include "dialect/azure/management_errors.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "dialect/azure/errors.hpp"

namespace muster::dialect::azure {
namespace {

using base::Errc;

TEST(ManagementErrors, GiveEveryRefusalAStatusThatHasAWord) {
  for (const auto& entry : base::error_catalog()) {
    const int status = management_status(entry.code);
    EXPECT_GE(status, 400) << entry.name;
    EXPECT_LE(status, 503) << entry.name;
    EXPECT_NE(status_word(status), "Error") << entry.name;
  }
}

TEST(ManagementErrors, KeepWhoIsUnknownApartFromWhoMayNot) {
  const std::pair<Errc, int> cases[] = {
      {Errc::credentials_missing, 401},   {Errc::credentials_malformed, 401}, {Errc::signature_mismatch, 401},
      {Errc::principal_expired, 401},     {Errc::permission_denied, 403},     {Errc::tenant_disabled, 403},
      {Errc::certificate_malformed, 400}, {Errc::verification_failed, 400},   {Errc::tenant_not_found, 404},
      {Errc::ca_not_found, 404},          {Errc::already_exists, 409},        {Errc::in_use, 409},
      {Errc::revision_conflict, 409},     {Errc::etag_mismatch, 412},         {Errc::quota_exceeded, 403},
      {Errc::body_too_large, 413},        {Errc::rate_limited, 429},          {Errc::internal_error, 500},
  };
  for (const auto& [code, status] : cases) EXPECT_EQ(management_status(code), status) << base::describe(code).name;
}

TEST(ManagementErrors, AreReadByBothFormsOfClients) {
  const auto response = management_error({Errc::tenant_not_found, "plant-7"}, "request-1");
  EXPECT_EQ(response.status, 404);
  const auto body = boost::json::parse(response.body).as_object();
  const std::string message = std::string(base::describe(Errc::tenant_not_found).sentence) + " plant-7";
  EXPECT_EQ(body.at("error").as_object().at("code").as_string(), "NotFound");
  EXPECT_EQ(body.at("error").as_object().at("message").as_string(), message);
  EXPECT_EQ(body.at("code").as_int64(), error_code(Errc::tenant_not_found));
  EXPECT_EQ(body.at("httpStatusCode").as_string(), "NotFound");
  EXPECT_EQ(body.at("message").as_string(), message);
  EXPECT_EQ(body.at("details").as_string(), "tenant_not_found; request request-1");
}

TEST(ManagementErrors, SayWhenAnotherTryHelps) {
  const auto has_retry = [](const net::HttpResponse& response) {
    for (const auto& [name, value] : response.headers)
      if (name == "Retry-After") return true;
    return false;
  };
  EXPECT_TRUE(has_retry(management_error(Errc::busy, "r")));
  EXPECT_FALSE(has_retry(management_error(Errc::permission_denied, "r")));
  EXPECT_TRUE(has_retry(management_error(503, "draining", "r")));
  EXPECT_FALSE(has_retry(management_error(413, "too large", "r")));
}

}  // namespace
}  // namespace muster::dialect::azure
