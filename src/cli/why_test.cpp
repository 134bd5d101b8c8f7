#include "cli/why.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace muster::cli {
namespace {

namespace json = boost::json;

std::string explained(const char* report) { return explanation_of(json::parse(report).as_object()); }

TEST(Why, TellsOfEachRefusalAndHowThingsStand) {
  EXPECT_EQ(explained(R"({"registration_id":"pump-1","refusals":[
      {"at":"2026-11-23T10:15:30.0000000Z","last_at":"2026-11-23T10:20:31.0000000Z","count":7,"address":"198.51.100.9",
       "transport":"mqtt_websocket","attestation":"symmetric_key","enrollment":"enrollment pump-1",
       "code":"token_expired","detail":"the token ended an hour ago","message":"The token has expired.",
       "cause":"The token's time is over.","cure":"Check the clock.","registered_since":true},
      {"at":"2026-11-22T10:15:30.0000000Z","last_at":"2026-11-22T10:15:30.0000000Z","count":1,"address":"198.51.100.9",
       "transport":"https","attestation":"none","enrollment":null,"code":"enrollment_not_found","detail":"",
       "message":"The registration is not known.","cause":"Nothing fits.","cure":"Enroll it.",
       "registered_since":true}],
      "device":{"status":"assigned","hub":"hub.example","registered_at":"2026-11-23T11:00:00.0000000Z"},
      "enrollment":{"kind":"individual","id":"pump-1","enabled":true,"attestation":"symmetric_key"}})"),
            "token_expired: The token has expired.\n"
            "  when         7 times from 2026-11-23 10:15:30 UTC to 2026-11-23 10:20:31 UTC\n"
            "  from         198.51.100.9 over MQTT over WebSocket\n"
            "  proof        a token by symmetric key\n"
            "  against      enrollment pump-1\n"
            "  what failed  the token ended an hour ago\n"
            "  cause        The token's time is over.\n"
            "  what to do   Check the clock.\n"
            "  The device has registered since.\n"
            "\n"
            "enrollment_not_found: The registration is not known.\n"
            "  when         once, at 2026-11-22 10:15:30 UTC\n"
            "  from         198.51.100.9 over HTTPS\n"
            "  proof        nothing that could be read\n"
            "  against      no single enrollment or group\n"
            "  cause        Nothing fits.\n"
            "  what to do   Enroll it.\n"
            "  The device has registered since.\n"
            "\n"
            "The device is registered: assigned to hub.example at 2026-11-23 11:00:00 UTC.\n"
            "Its enrollment pump-1 asks for symmetric_key and is enabled.\n");
}

TEST(Why, SaysSoWhereNothingWasRefused) {
  EXPECT_EQ(explained(R"({"registration_id":"pump-2","refusals":[],"device":null,"enrollment":null})"),
            "No refusal of pump-2 is kept: it was not refused in the last 90 days, or never asked under this name and "
            "ID scope.\n"
            "No device has registered under this name.\n"
            "There is no individual enrollment of this name: only an enrollment group could let it in.\n");
}

TEST(Why, LetsNoControlCharacterReachTheTerminal) {
  const std::string text = explained(R"({"registration_id":"a","refusals":[{"code":"x","detail":"\u001b[2J"}],
      "device":{"status":null},"enrollment":{"kind":"group","id":"g","enabled":false,"attestation":"x509"}})");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("its registration was removed"), std::string::npos);
  EXPECT_NE(text.find("Its group g asks for x509 and is disabled."), std::string::npos);
}

}  // namespace
}  // namespace muster::cli
