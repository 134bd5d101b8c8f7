#include "agent/dps_client.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <deque>

#include "codec/sas_token.hpp"

namespace muster::agent {
namespace {

using std::chrono::seconds;

constexpr const char* assigned_body =
    R"({"operationId":"5.1234.ab","status":"assigned","registrationState":{"registrationId":"device-7",)"
    R"("assignedHub":"hub.example","deviceId":"device-7","substatus":"initialAssignment","payload":{"floor":3}}})";
constexpr const char* assigned_tpm_body =
    R"({"operationId":"5.1234.ab","status":"assigned","registrationState":{"registrationId":"device-7",)"
    R"("assignedHub":"hub.example","deviceId":"device-7","tpm":{"authenticationKey":"aHVia2V5"}}})";
constexpr const char* assigning_body = R"({"operationId":"5.1234.ab","status":"assigning"})";
constexpr const char* challenge_body =
    R"({"message":"Authorization required","authenticationKey":"Y2hhbGxlbmdl","keyName":"registration"})";

/// Answers with a prepared list and keeps what it was asked.
class ScriptedTransport final : public HttpTransport {
 public:
  void then(int status, std::string body, std::optional<seconds> retry_after = std::nullopt) {
    results_.push_back(HttpReply{.status = status, .retry_after = retry_after, .body = std::move(body)});
  }
  void then_problem(bool retry) { results_.push_back(TransportProblem{.message = "no route", .retry = retry}); }

  HttpResult send(const HttpRequest& request) override {
    requests.push_back(request);
    if (results_.empty()) throw std::logic_error("one request more than expected");
    HttpResult result = results_.size() > 1 || !repeat_last ? take() : results_.front();
    return result;
  }

  std::vector<HttpRequest> requests;
  bool repeat_last = false;

 private:
  HttpResult take() {
    HttpResult result = results_.front();
    results_.pop_front();
    return result;
  }
  std::deque<HttpResult> results_;
};

/// Moves the clock instead of waiting.
class ClockWaiter final : public Waiter {
 public:
  explicit ClockWaiter(base::ManualClock& clock) : clock_(clock) {}
  void wait(base::Duration duration) override {
    waits.push_back(duration);
    clock_.advance(duration);
  }
  std::vector<base::Duration> waits;

 private:
  base::ManualClock& clock_;
};

class FakeKey final : public DeviceKey {
 public:
  enum class Kind { tpm, symmetric, certificate };
  explicit FakeKey(Kind kind) : kind_(kind) {}

  std::optional<TpmIdentity> tpm_identity() override {
    if (kind_ != Kind::tpm) return std::nullopt;
    TpmIdentity identity;
    identity.endorsement_key = base::to_bytes("ek");
    identity.storage_root_key = base::to_bytes("srk");
    identity.endorsement_key_certificate = certificate;
    return identity;
  }
  void import_key(base::ByteView blob) override { imported.emplace_back(base::text_view(blob)); }
  std::optional<base::Bytes> sign(base::ByteView data) override {
    if (kind_ == Kind::certificate) return std::nullopt;
    if (kind_ == Kind::tpm && imported.empty()) throw std::logic_error("signed before the challenge");
    signed_texts.emplace_back(base::text_view(data));
    return base::to_bytes("signature");
  }

  std::optional<base::Bytes> certificate;
  std::vector<std::string> imported;
  std::vector<std::string> signed_texts;

 private:
  Kind kind_;
};

class DpsClientTest : public testing::Test {
 protected:
  Outcome provision(DeviceKey& key) {
    DpsClient client(transport_, waiter_, clock_, random_, narrator_);
    return client.provision(request_, key);
  }
  ExitCode failure_of(DeviceKey& key) {
    try {
      provision(key);
    } catch (const Failure& failure) {
      return failure.code();
    }
    return ExitCode::success;
  }

  base::ManualClock clock_{base::from_unix_seconds(1'700'000'000)};
  ClockWaiter waiter_{clock_};
  base::SequenceRandom random_;
  ScriptedTransport transport_;
  Narrator narrator_{nullptr, clock_};
  ProvisionRequest request_{
      .id_scope = "0ne00000001", .registration_id = "device-7", .payload = {}, .timeout = seconds(60)};
  FakeKey tpm_{FakeKey::Kind::tpm};
  FakeKey symmetric_{FakeKey::Kind::symmetric};
  FakeKey certificate_{FakeKey::Kind::certificate};
};

TEST_F(DpsClientTest, AcceptsAnAssignmentAtOnce) {
  transport_.then(202, assigned_body);
  const Outcome outcome = provision(symmetric_);
  ASSERT_EQ(outcome.code, ExitCode::success);
  ASSERT_TRUE(outcome.assignment);
  EXPECT_EQ(outcome.assignment->hub, "hub.example");
  EXPECT_EQ(outcome.assignment->device_id, "device-7");
  EXPECT_EQ(outcome.assignment->substatus, "initialAssignment");
  EXPECT_EQ(outcome.assignment->payload, R"({"floor":3})");
  EXPECT_EQ(transport_.requests.size(), 1U);
  EXPECT_TRUE(waiter_.waits.empty());
}

TEST_F(DpsClientTest, RegistersAsTheProtocolHasIt) {
  request_.payload = R"({"model":"m1"})";
  transport_.then(202, assigned_body);
  provision(symmetric_);
  const HttpRequest& sent = transport_.requests.front();
  EXPECT_EQ(sent.method, "PUT");
  EXPECT_EQ(sent.path, "/0ne00000001/registrations/device-7/register?api-version=2021-06-01");
  EXPECT_EQ(boost::json::parse(sent.body),
            boost::json::parse(R"({"registrationId":"device-7","payload":{"model":"m1"}})"));
}

TEST_F(DpsClientTest, SignsWithATokenForItsOwnRegistration) {
  transport_.then(202, assigned_body);
  provision(symmetric_);
  const auto token = codec::parse_sas_token(transport_.requests.front().authorization);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->resource, "0ne00000001/registrations/device-7");
  EXPECT_EQ(token->key_name, "registration");
  EXPECT_EQ(base::text_view(token->signature), "signature");
  EXPECT_GT(token->expires, clock_.now() + request_.timeout);
  ASSERT_EQ(symmetric_.signed_texts.size(), 1U);
  EXPECT_TRUE(symmetric_.signed_texts.front().starts_with("0ne00000001%2Fregistrations%2Fdevice-7\n"));
}

TEST_F(DpsClientTest, SendsNoTokenWithACertificate) {
  transport_.then(202, assigned_body);
  EXPECT_EQ(provision(certificate_).code, ExitCode::success);
  EXPECT_EQ(transport_.requests.front().authorization, "");
}

TEST_F(DpsClientTest, PollsAsTheServiceAsks) {
  transport_.then(202, assigning_body, seconds(3));
  transport_.then(202, assigning_body, seconds(5));
  transport_.then(200, assigned_body);
  EXPECT_EQ(provision(symmetric_).code, ExitCode::success);
  EXPECT_EQ(waiter_.waits, (std::vector<base::Duration>{seconds(3), seconds(5)}));
  ASSERT_EQ(transport_.requests.size(), 3U);
  const HttpRequest& poll = transport_.requests[1];
  EXPECT_EQ(poll.method, "GET");
  EXPECT_EQ(poll.path, "/0ne00000001/registrations/device-7/operations/5.1234.ab?api-version=2021-06-01");
  EXPECT_EQ(poll.authorization, transport_.requests[0].authorization);
  EXPECT_EQ(poll.body, "");
}

TEST_F(DpsClientTest, AnswersTheChallengeAndKeepsTheHubKeyInTheTpm) {
  tpm_.certificate = base::to_bytes("certificate");
  transport_.then(401, challenge_body);
  transport_.then(202, assigned_tpm_body);
  EXPECT_EQ(provision(tpm_).code, ExitCode::success);
  EXPECT_EQ(tpm_.imported, (std::vector<std::string>{"challenge", "hubkey"}));
  ASSERT_EQ(transport_.requests.size(), 2U);
  EXPECT_EQ(transport_.requests[0].authorization, "");
  EXPECT_NE(transport_.requests[1].authorization, "");
  const auto expected =
      boost::json::parse(R"({"registrationId":"device-7","tpm":{"endorsementKey":"ZWs=","storageRootKey":"c3Jr",)"
                         R"("endorsementKeyCertificate":"Y2VydGlmaWNhdGU="}})");
  EXPECT_EQ(boost::json::parse(transport_.requests[0].body), expected);
  EXPECT_EQ(transport_.requests[1].body, transport_.requests[0].body);
}

TEST_F(DpsClientTest, AnswersASecondChallengeButNotAThird) {
  for (int i = 0; i < 3; ++i) transport_.then(401, challenge_body);
  const Outcome outcome = provision(tpm_);
  EXPECT_EQ(outcome.code, ExitCode::refused);
  EXPECT_EQ(outcome.message, "Authorization required");
  EXPECT_EQ(tpm_.imported.size(), 2U);
  EXPECT_EQ(transport_.requests.size(), 3U);
}

TEST_F(DpsClientTest, DoesNotAnswerChallengesWithoutATpm) {
  transport_.then(401, challenge_body);
  EXPECT_EQ(provision(symmetric_).code, ExitCode::refused);
  EXPECT_TRUE(symmetric_.imported.empty());
}

TEST_F(DpsClientTest, ReportsARefusalInTheServicesOwnWords) {
  transport_.then(404, R"({"errorCode":404201,"trackingId":"t-1","message":"Not \u001b[31mfound"})");
  const Outcome outcome = provision(tpm_);
  EXPECT_EQ(outcome.code, ExitCode::refused);
  EXPECT_EQ(outcome.service_code, 404201);
  EXPECT_EQ(outcome.tracking_id, "t-1");
  EXPECT_EQ(outcome.message, "Not  [31mfound");
  EXPECT_FALSE(outcome.assignment);
}

TEST_F(DpsClientTest, ReportsARefusalWithoutWords) {
  transport_.then(403, "<html>");
  const Outcome outcome = provision(symmetric_);
  EXPECT_EQ(outcome.code, ExitCode::refused);
  EXPECT_EQ(outcome.message, "HTTP status 403.");
}

TEST_F(DpsClientTest, ReportsFailureAfterAcceptance) {
  transport_.then(202, assigning_body);
  transport_.then(200, R"({"operationId":"5.1","status":"failed","registrationState":{"registrationId":"device-7",)"
                       R"("status":"failed","errorCode":400207,"errorMessage":"webhook 500"}})");
  const Outcome outcome = provision(symmetric_);
  EXPECT_EQ(outcome.code, ExitCode::refused);
  EXPECT_EQ(outcome.service_code, 400207);
  EXPECT_EQ(outcome.message, "webhook 500");
}

TEST_F(DpsClientTest, TellsADisabledEnrollmentApart) {
  transport_.then(200, R"({"operationId":"","status":"disabled","registrationState":{"status":"disabled"}})");
  EXPECT_EQ(provision(symmetric_).code, ExitCode::disabled);
}

TEST_F(DpsClientTest, ComesBackWhenTheServiceIsBusy) {
  transport_.then(429, R"({"message":"busy"})", seconds(7));
  transport_.then(503, "");
  transport_.then(202, assigned_body);
  EXPECT_EQ(provision(symmetric_).code, ExitCode::success);
  ASSERT_EQ(waiter_.waits.size(), 2U);
  EXPECT_EQ(waiter_.waits[0], seconds(7));
  EXPECT_GE(waiter_.waits[1], seconds(1));
  EXPECT_LE(waiter_.waits[1], seconds(2));
}

TEST_F(DpsClientTest, GivesUpWhenTheServiceStaysBusy) {
  transport_.then(429, R"({"message":"busy"})", seconds(7));
  transport_.repeat_last = true;
  EXPECT_EQ(failure_of(symmetric_), ExitCode::timed_out);
  EXPECT_EQ(transport_.requests.size(), 9U);  // 60 s hold eight pauses of 7 s
}

TEST_F(DpsClientTest, GivesUpAtOnceWhenAskedToComeBackTooLate) {
  transport_.then(429, "", seconds(3600));
  EXPECT_EQ(failure_of(symmetric_), ExitCode::timed_out);
  EXPECT_TRUE(waiter_.waits.empty());
}

TEST_F(DpsClientTest, GivesUpWhenTheServiceNeverDecides) {
  transport_.then(202, assigning_body, seconds(5));
  transport_.repeat_last = true;
  EXPECT_EQ(failure_of(symmetric_), ExitCode::timed_out);
}

TEST_F(DpsClientTest, TriesAgainWhenTheNetworkFails) {
  transport_.then_problem(true);
  transport_.then_problem(true);
  transport_.then(202, assigned_body);
  EXPECT_EQ(provision(symmetric_).code, ExitCode::success);
  EXPECT_EQ(transport_.requests.size(), 3U);
}

TEST_F(DpsClientTest, GivesUpWhenTheNetworkStaysAway) {
  transport_.then_problem(true);
  transport_.repeat_last = true;
  EXPECT_EQ(failure_of(symmetric_), ExitCode::network);
  EXPECT_LT(transport_.requests.size(), 20U);
}

TEST_F(DpsClientTest, DoesNotTryAgainWhenTheServerIsNotTrusted) {
  transport_.then_problem(false);
  EXPECT_EQ(failure_of(symmetric_), ExitCode::network);
  EXPECT_EQ(transport_.requests.size(), 1U);
}

TEST_F(DpsClientTest, RefusesAnswersThatTheProtocolDoesNotHave) {
  const std::pair<FakeKey::Kind, const char*> cases[] = {
      {FakeKey::Kind::symmetric, "no json"},
      {FakeKey::Kind::symmetric, "[]"},
      {FakeKey::Kind::symmetric, "{}"},
      {FakeKey::Kind::symmetric, R"({"status":"elsewhere","operationId":"1"})"},
      {FakeKey::Kind::symmetric, R"({"status":"assigning"})"},
      {FakeKey::Kind::symmetric, R"({"status":"assigning","operationId":"../../x"})"},
      {FakeKey::Kind::symmetric, R"({"status":"assigning","operationId":"1?x=y"})"},
      {FakeKey::Kind::symmetric, R"({"status":"assigned","registrationState":{"deviceId":"d"}})"},
      {FakeKey::Kind::symmetric, R"({"status":"assigned","registrationState":{"assignedHub":"h"}})"},
      {FakeKey::Kind::symmetric, R"({"status":"assigned","registrationState":7})"},
      {FakeKey::Kind::tpm, assigned_body},  // without a key for the hub
  };
  for (const auto& [kind, body] : cases) {
    FakeKey key(kind);
    transport_.then(kind == FakeKey::Kind::tpm ? 401 : 202, kind == FakeKey::Kind::tpm ? challenge_body : body);
    if (kind == FakeKey::Kind::tpm) transport_.then(202, body);
    EXPECT_EQ(failure_of(key), ExitCode::unexpected_answer) << body;
  }
}

TEST_F(DpsClientTest, RefusesAPayloadThatIsNoJson) {
  request_.payload = "{";
  EXPECT_EQ(failure_of(symmetric_), ExitCode::configuration);
  EXPECT_TRUE(transport_.requests.empty());
}

}  // namespace
}  // namespace muster::agent
