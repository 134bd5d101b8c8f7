#include "agent/commands.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace muster::agent {
namespace {

// Computed with Python's hashlib and base64.
TEST(DefaultRegistrationId, IsTheLowerCaseBase32OfTheKeysHash) {
  EXPECT_EQ(default_registration_id(base::view("endorsement key")),
            "s7yqxqrnyrvlfdnbcy2f5mq3r7lvd6333uzwt6rzlfolyekwhumq");
}

TEST(OutcomeAsJson, HoldsTheAssignment) {
  Outcome outcome;
  outcome.message = "The device is d at h.";
  Assignment assignment;
  assignment.id_scope = "0ne1";
  assignment.registration_id = "r";
  assignment.device_id = "d";
  assignment.hub = "h";
  assignment.payload = R"({"floor":3})";
  outcome.assignment = assignment;
  EXPECT_EQ(boost::json::parse(to_json(outcome)),
            boost::json::parse(R"({"outcome":"success","exitCode":0,"message":"The device is d at h.","assignment":)"
                               R"({"idScope":"0ne1","registrationId":"r","deviceId":"d","assignedHub":"h",)"
                               R"("payload":{"floor":3}}})"));
}

TEST(OutcomeAsJson, HoldsTheServicesOwnCodeOfARefusal) {
  Outcome outcome;
  outcome.code = ExitCode::refused;
  outcome.message = "no";
  outcome.service_code = 404201;
  outcome.tracking_id = "t-1";
  EXPECT_EQ(boost::json::parse(to_json(outcome)),
            boost::json::parse(R"({"outcome":"refused","exitCode":4,"message":"no","serviceCode":404201,)"
                               R"("trackingId":"t-1"})"));
}

}  // namespace
}  // namespace muster::agent
