#include "dialect/azure/errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace muster::dialect::azure {
namespace {

using base::Errc;

const base::TimePoint now = base::from_unix_seconds(1764000000);

std::string header(const net::HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (base::equal_ignoring_case(key, name)) return value;
  return {};
}

TEST(AzureErrors, GiveEachRefusalASixDigitCodeWithItsStatusInFront) {
  for (const auto& entry : base::error_catalog()) {
    const int code = error_code(entry.code);
    EXPECT_GE(code, 400000) << entry.name;
    EXPECT_LE(code, 599999) << entry.name;
    EXPECT_EQ(http_status(entry.code), code / 1000) << entry.name;
  }
}

// Azure's clients decide by the status whether to go on: 429 and from 500 upwards they repeat.
TEST(AzureErrors, AnswerFromFiveHundredOnlyWhereARetryMayHelp) {
  for (const auto& entry : base::error_catalog())
    EXPECT_TRUE(http_status(entry.code) < 500 || entry.retry) << entry.name;
}

TEST(AzureErrors, UseTheCodesThatAzureIsKnownToUse) {
  const std::pair<Errc, int> cases[] = {
      {Errc::invalid_registration_id, 400004}, {Errc::hub_not_linked, 400208},       {Errc::signature_mismatch, 401002},
      {Errc::certificate_malformed, 401002},   {Errc::enrollment_not_found, 404201}, {Errc::revision_conflict, 409203},
  };
  for (const auto& [refusal, code] : cases) EXPECT_EQ(error_code(refusal), code) << base::describe(refusal).name;
  EXPECT_EQ(http_status(Errc::permission_denied), 401);
  EXPECT_EQ(http_status(Errc::etag_mismatch), 412);
  EXPECT_EQ(http_status(Errc::unknown_id_scope), 404);
}

TEST(AzureErrors, BodyHasThePublicSentenceAndNoDetail) {
  const auto body =
      boost::json::parse(error_body({Errc::signature_mismatch, "inner reason"}, "track-1", now)).as_object();
  EXPECT_EQ(body.at("errorCode").as_int64(), 401002);
  EXPECT_EQ(body.at("trackingId").as_string(), "track-1");
  EXPECT_EQ(body.at("message").as_string(), "The credentials are not valid.");
  EXPECT_EQ(body.at("timestampUtc").as_string(), "2025-11-24T16:00:00.0000000Z");
  EXPECT_EQ(body.size(), 4U);
}

TEST(AzureErrors, ResponseCarriesTheCodeAndTheRequestInItsHeaders) {
  const auto response = error_response({Errc::enrollment_not_found, "x"}, "request-1", now);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(header(response, "x-ms-error-code"), "404201");
  EXPECT_EQ(header(response, "x-ms-request-id"), "request-1");
  EXPECT_EQ(header(response, "Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(header(response, "Retry-After"), "");
}

TEST(AzureErrors, ResponseAsksForARetryExactlyWhereOneMayHelp) {
  for (const auto& entry : base::error_catalog())
    EXPECT_EQ(!header(error_response({entry.code}, "r", now), "Retry-After").empty(), entry.retry) << entry.name;
}

}  // namespace
}  // namespace muster::dialect::azure
