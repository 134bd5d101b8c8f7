#include "net/amqp_session.hpp"

#include <gtest/gtest.h>

#include "codec/amqp/framing.hpp"
#include "codec/amqp/value.hpp"
#include "net/amqp_client_test.hpp"

namespace muster::net {
namespace {

using namespace testing;
using codec::amqp::Message;
using codec::amqp::SaslMessage;

/// Client and session joined, with a server that does as it is told.
class AmqpSessionTest : public ::testing::Test {
 protected:
  AmqpSessionTest() { start({}); }

  void start(AmqpLimits limits) {
    session_ = std::make_unique<AmqpSession>(std::vector<std::string>{"TPM", "PLAIN"}, limits);
  }

  void answer_events() {
    while (auto event = session_->next()) {
      if (auto* message = std::get_if<SaslMessage>(&*event)) {
        sasl_.push_back(*message);
        session_->answer(SaslAnswer{.kind = good_password_ ? SaslAnswer::Kind::accepted : SaslAnswer::Kind::refused,
                                    .challenge = {}});
      } else if (auto* link = std::get_if<AmqpLink>(&*event)) {
        links_.push_back(*link);
        session_->answer(link_refusal_);
      } else {
        requests_.push_back(std::get<AmqpRequest>(*event));
        session_->answer(answer_);
      }
    }
  }

  std::string take_output(std::size_t octets_at_once = 1U << 20U) {
    std::string all;
    for (auto out = session_->output(); !out.empty(); out = session_->output()) {
      out = out.first(std::min(out.size(), octets_at_once));
      all.append(base::text_view(out));
      session_->sent(out.size());
    }
    return all;
  }

  /// Until neither has anything to say.
  void converse(ProtonClient& client, std::size_t octets_at_once = 1U << 20U) {
    for (bool spoke = true; spoke;) {
      const std::string out = client.output();
      for (std::size_t at = 0; at < out.size(); at += octets_at_once) {
        session_->receive(base::view(std::string_view(out).substr(at, octets_at_once)));
        answer_events();
      }
      const std::string in = take_output(octets_at_once);
      client.feed(base::view(in));
      seen_ += in;
      spoke = !out.empty() || !in.empty();
    }
  }

  /// What the session makes of octets; everything that it has to say.
  std::string say(std::string_view octets) {
    session_->receive(base::view(octets));
    answer_events();
    return take_output();
  }

  std::unique_ptr<AmqpSession> session_;
  bool good_password_ = true;
  std::optional<AmqpError> link_refusal_;
  AmqpAnswer answer_ = Message{.correlation_id = {}, .application_properties = {}, .body = "{}"};
  std::vector<SaslMessage> sasl_;
  std::vector<AmqpLink> links_;
  std::vector<AmqpRequest> requests_;
  std::string seen_;
};

constexpr const char* address = "0ne00000001/registrations/device-1";

TEST_F(AmqpSessionTest, AnswersARequestWithoutSasl) {
  ProtonClient client;
  client.attach(address);
  converse(client);
  ASSERT_EQ(links_.size(), 1U);
  EXPECT_EQ(links_[0].address, address);
  EXPECT_EQ(links_[0].properties["com.microsoft:api-version"], "2019-03-31");

  answer_ = Message{.correlation_id = {},
                    .application_properties = {{"retry-after", 3}, {"Retry-After", "3"}},
                    .body = R"({"status":"assigning"})"};
  pn_delivery_t* delivery = client.send(R"({"payload":1})", "a-guid");
  converse(client);
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].address, address);
  EXPECT_EQ(requests_[0].message.body, R"({"payload":1})");
  ASSERT_NE(requests_[0].message.text_property("iotdps-operation-type"), nullptr);
  EXPECT_EQ(*requests_[0].message.text_property("iotdps-operation-type"), "iotdps-register");
  ASSERT_EQ(client.answers.size(), 1U);
  EXPECT_EQ(client.answers[0].body, R"({"status":"assigning"})");
  EXPECT_EQ(client.answers[0].correlation_id, "a-guid");
  EXPECT_EQ(client.answers[0].properties, R"({"retry-after"=3, "Retry-After"="3"})");
  EXPECT_EQ(pn_delivery_remote_state(delivery), PN_ACCEPTED);
  EXPECT_TRUE(pn_delivery_settled(delivery));

  client.close();
  converse(client);
  EXPECT_TRUE(client.was_closed());
  EXPECT_TRUE(session_->finished());
  EXPECT_FALSE(session_->error());
}

TEST_F(AmqpSessionTest, WorksInPiecesOfAnySize) {
  for (const std::size_t size : {1U, 2U, 3U, 7U, 8U, 9U, 64U}) {
    SCOPED_TRACE(size);
    start({});
    ProtonClient client;
    client.use_plain("scope/registrations/device", "SharedAccessSignature sr=x");
    client.attach(address);
    converse(client, size);
    client.send("{}", "a");
    client.send("{}", "b");
    converse(client, size);
    ASSERT_EQ(client.answers.size(), 2U);
    EXPECT_EQ(client.answers[1].correlation_id, "b");
  }
}

TEST_F(AmqpSessionTest, HandsOutWhatPlainSays) {
  ProtonClient client;
  client.use_plain("scope/registrations/device", "SharedAccessSignature sr=x");
  converse(client);
  ASSERT_EQ(sasl_.size(), 1U);
  EXPECT_EQ(sasl_[0].mechanism, "PLAIN");
  const auto credentials = codec::amqp::read_plain(sasl_[0].octets);
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->authentication_id, "scope/registrations/device");
  EXPECT_EQ(base::text_view(credentials->password.reveal()), "SharedAccessSignature sr=x");
  EXPECT_TRUE(client.is_open());
}

TEST_F(AmqpSessionTest, EndsWithTheOutcomeWhereCredentialsAreRefused) {
  good_password_ = false;
  ProtonClient client;
  client.use_plain("scope/registrations/device", "wrong");
  converse(client);
  EXPECT_FALSE(client.is_open());
  EXPECT_EQ(pn_sasl_outcome(pn_sasl(client.driver().transport)), PN_SASL_AUTH);
  EXPECT_TRUE(session_->finished());
}

/// The performatives that a server sent, by their descriptors.
std::vector<std::pair<std::uint64_t, std::vector<base::Bytes>>> performatives_of(std::string_view octets) {
  std::vector<std::pair<std::uint64_t, std::vector<base::Bytes>>> found;
  codec::amqp::Framer framer;
  framer.feed(base::view(octets));
  EXPECT_TRUE(framer.next_header());
  for (auto frame = framer.next_frame(codec::amqp::FrameType::amqp, 1U << 20U); frame && *frame;
       frame = framer.next_frame(codec::amqp::FrameType::amqp, 1U << 20U)) {
    const auto size = codec::amqp::check_value((**frame).body);
    const auto described = codec::amqp::read_described((**frame).body.first(*size));
    std::vector<base::Bytes> fields;
    const auto elements = codec::amqp::read_elements(described->value);
    for (const auto& element : *elements) fields.push_back(base::to_bytes(element));
    found.emplace_back(described->descriptor, std::move(fields));
  }
  return found;
}

// Azure's C client drops links and connections whose frames lack these, although AMQP lets them be left out.
TEST_F(AmqpSessionTest, WritesTheOptionalFieldsThatClientsInsistOn) {
  ProtonClient client;
  client.attach(address);
  converse(client);
  int attaches = 0;
  int flows = 0;
  for (const auto& [descriptor, fields] : performatives_of(seen_)) {
    if (descriptor == 0x12) {
      ++attaches;
      ASSERT_GE(fields.size(), 11U);
      const bool is_sender = *codec::amqp::read_boolean(fields[2]) == false;
      // initial-delivery-count, and max-message-size as a ulong.
      if (is_sender) {
        EXPECT_EQ(codec::amqp::read_uint(fields[9]), 0U);
      }
      EXPECT_EQ(base::to_hex(fields[10]), "800000000000010000");
    }
    if (descriptor == 0x13) {
      ++flows;
      ASSERT_GE(fields.size(), 7U);
      EXPECT_TRUE(codec::amqp::read_uint(fields[5]));     // delivery-count
      EXPECT_EQ(codec::amqp::read_uint(fields[6]), 10U);  // link-credit
    }
  }
  EXPECT_EQ(attaches, 2);
  EXPECT_EQ(flows, 1);
}

TEST_F(AmqpSessionTest, RefusesALinkByDetachingIt) {
  link_refusal_ = AmqpError{"amqp:not-found", "no such place", {}};
  ProtonClient client;
  client.attach("elsewhere");
  converse(client);
  EXPECT_EQ(pn_link_state(client.sender) & PN_REMOTE_CLOSED, PN_REMOTE_CLOSED);
  EXPECT_EQ(text(pn_condition_get_name(pn_link_remote_condition(client.sender))), "amqp:not-found");
  EXPECT_EQ(text(pn_condition_get_description(pn_link_remote_condition(client.sender))), "no such place");
  EXPECT_EQ(pn_terminus_get_type(pn_link_remote_target(client.sender)), PN_UNSPECIFIED);
  // The receiver stays: some clients wait forever where it is refused.
  EXPECT_EQ(pn_link_state(client.receiver) & PN_REMOTE_ACTIVE, PN_REMOTE_ACTIVE);
  EXPECT_FALSE(client.was_closed());
}

TEST_F(AmqpSessionTest, RejectsARequestWithItsErrorAndGoesOn) {
  ProtonClient client;
  client.attach(address);
  converse(client);
  answer_ = AmqpError{"com.microsoft:device-container-throttled", "{}", {{"retry-after", 7}}};
  pn_delivery_t* delivery = client.send("{}", "");
  converse(client);
  EXPECT_EQ(pn_delivery_remote_state(delivery), PN_REJECTED);
  pn_condition_t* condition = pn_disposition_condition(pn_delivery_remote(delivery));
  EXPECT_EQ(text(pn_condition_get_name(condition)), "com.microsoft:device-container-throttled");
  EXPECT_EQ(text(pn_condition_get_description(condition)), "{}");
  pn_data_t* info = pn_condition_info(condition);
  pn_data_rewind(info);
  ASSERT_TRUE(pn_data_next(info));
  pn_data_enter(info);
  pn_data_next(info);
  EXPECT_EQ(pn_data_get_symbol(info).size, 11U);
  pn_data_next(info);
  EXPECT_EQ(pn_data_get_int(info), 7);

  answer_ = Message{.correlation_id = {}, .application_properties = {}, .body = "second"};
  client.send("{}", "");
  converse(client);
  ASSERT_EQ(client.answers.size(), 1U);
  EXPECT_EQ(client.answers[0].body, "second");
}

TEST_F(AmqpSessionTest, RejectsARequestThatNobodyWouldHearTheAnswerOf) {
  ProtonClient client;
  client.attach(address);
  pn_terminus_set_address(pn_link_source(client.receiver), "elsewhere");
  converse(client);
  pn_delivery_t* delivery = client.send("{}", "");
  converse(client);
  EXPECT_TRUE(requests_.empty());
  EXPECT_EQ(pn_delivery_remote_state(delivery), PN_REJECTED);
}

TEST_F(AmqpSessionTest, RejectsAMessageThatIsNone) {
  ProtonClient client;
  client.attach(address);
  converse(client);
  pn_delivery_t* delivery = client.send_raw("\x01\x02\x03");
  converse(client);
  EXPECT_TRUE(requests_.empty());
  EXPECT_EQ(pn_delivery_remote_state(delivery), PN_REJECTED);
  EXPECT_EQ(text(pn_condition_get_name(pn_disposition_condition(pn_delivery_remote(delivery)))), "amqp:decode-error");
}

TEST_F(AmqpSessionTest, TakesAMessageOfTheLargestSizeAndNoneBeyond) {
  AmqpLimits limits;
  limits.frame_size_max = 1024;
  limits.message_size_max = 8192;
  start(limits);
  ProtonClient client;
  client.attach(address);
  converse(client);
  std::string largest("\x00\x53\x75\xb0\x00\x00\x1f\xf8", 8);
  largest.resize(8192, ' ');
  client.send_raw(largest);
  converse(client);
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].message.body.size(), 8184U);

  client.send_raw(largest + "x");
  converse(client);
  EXPECT_EQ(requests_.size(), 1U);
  EXPECT_TRUE(client.was_closed());
  EXPECT_EQ(client.error(), "amqp:link:message-size-exceeded: a message of more than 8192 octets");
  EXPECT_TRUE(session_->finished());
}

TEST_F(AmqpSessionTest, TakesNoMoreRequestsThanAnswersAreTaken) {
  ProtonClient client;
  client.attach(address, 0);
  converse(client);
  // Proton's client sends no more than it may: ten are answered, and their answers wait for the client.
  for (int i = 0; i < 12; ++i) client.send("{}", "");
  converse(client);
  EXPECT_EQ(requests_.size(), 10U);
  EXPECT_TRUE(client.answers.empty());
  pn_link_flow(client.receiver, 20);
  converse(client);
  EXPECT_EQ(requests_.size(), 12U);
  EXPECT_EQ(client.answers.size(), 12U);
}

TEST_F(AmqpSessionTest, TellsHowLongToWaitWhereTheClientWantsHeartbeats) {
  ProtonClient client;
  pn_transport_set_idle_timeout(client.driver().transport, 8000);  // Proton announces half of it
  client.attach(address);
  converse(client);
  EXPECT_EQ(session_->tick(1000), 3000);
  take_output();
  EXPECT_EQ(session_->tick(3000), 5000);
  EXPECT_EQ(base::to_hex(base::view(take_output())), "0000000802000000");
}

TEST_F(AmqpSessionTest, NeedsNoTimeWhereTheClientWantsNoHeartbeats) {
  ProtonClient client;
  client.attach(address);
  converse(client);
  EXPECT_FALSE(session_->tick(1000));
}

TEST_F(AmqpSessionTest, ClosesWithAnErrorInWhicheverState) {
  ProtonClient client;
  client.attach(address);
  converse(client);
  session_->close(AmqpError{"amqp:connection:forced", "enough", {}});
  converse(client);
  EXPECT_EQ(client.error(), "amqp:connection:forced: enough");
  EXPECT_TRUE(session_->finished());

  start({});
  EXPECT_EQ(base::to_hex(base::view(say(std::string("AMQP\0\1\0\0", 8)))), "414d515000010000");
  session_->close(AmqpError{"amqp:connection:forced", "enough", {}});
  const std::string last = take_output();
  EXPECT_NE(last.find("amqp:connection:forced"), std::string::npos);
  EXPECT_TRUE(session_->finished());

  start({});
  session_->close(AmqpError{"amqp:connection:forced", "enough", {}});
  EXPECT_EQ(take_output(), "");
  EXPECT_TRUE(session_->finished());
}

TEST_F(AmqpSessionTest, ClosesWithoutAnErrorToo) {
  ProtonClient client;
  client.attach(address);
  converse(client);
  session_->close({});
  converse(client);
  EXPECT_TRUE(client.was_closed());
  EXPECT_EQ(client.error(), "");
  EXPECT_TRUE(session_->finished());
  EXPECT_FALSE(session_->error());
}

TEST_F(AmqpSessionTest, DropsWhatWaitsForAnAnswerWhereItCloses) {
  ProtonClient client;
  client.attach(address);
  converse(client);
  client.send("{}", "");
  const std::string out = client.output();
  session_->receive(base::view(out));
  ASSERT_TRUE(session_->next());
  session_->close(AmqpError{"amqp:connection:forced", "enough", {}});
  session_->answer(answer_);
  converse(client);
  EXPECT_TRUE(client.was_closed());
  EXPECT_TRUE(client.answers.empty());
}

std::string hex(std::string_view text) {
  const auto octets = base::from_hex(text);
  EXPECT_TRUE(octets) << text;
  return std::string(base::text_view(*octets));
}

// Part 5, section 5.3.3.1: a sasl-mechanisms frame with an array of symbols.
TEST_F(AmqpSessionTest, OffersItsMechanismsInOrder) {
  const std::string in_symbols = "TPM" + hex("05") + "PLAIN";
  const std::string said = say(hex("414d515003010000"));
  EXPECT_TRUE(said.starts_with(hex("414d515003010000")));
  EXPECT_TRUE(said.ends_with(in_symbols)) << base::to_hex(base::view(said));
}

TEST_F(AmqpSessionTest, AnswersAHeaderThatItDoesNotSpeakWithOneThatItDoes) {
  // TLS inside AMQP, version 0.9.1, and text.
  for (const char* header : {"414d515002010000", "414d515000000901", "414d515003010001"}) {
    start({});
    EXPECT_EQ(base::to_hex(base::view(say(hex(header)))), "414d515003010000") << header;
    EXPECT_TRUE(session_->finished());
    ASSERT_TRUE(session_->error());
    EXPECT_EQ(session_->error()->condition, "amqp:connection:framing-error");
  }
  start({});
  EXPECT_EQ(base::to_hex(base::view(say("GET "))), "414d515003010000");
  EXPECT_TRUE(session_->finished());
}

TEST_F(AmqpSessionTest, RefusesSaslFramesThatAreMalformedOrOutOfOrder) {
  const std::string header = hex("414d515003010000");
  const std::pair<const char*, const char*> cases[] = {
      {"a response before any init", "0000001102010000005343c00401a00130"},
      {"an empty frame", "0000000802010000"},
      {"a frame larger than SASL's are", "0000020102010000"},
      {"an AMQP frame", "0000000802000000"},
      {"a frame smaller than its header", "0000000702010000"},
      {"a header that ends before it begins", "0000000801010000"},
      {"what only a server sends", "0000000c0201000000534045"},
      {"an init without a mechanism", "0000000c0201000000534145"},
      {"an init whose list lies", "0000001102010000005341c0ff01a30141"},
  };
  for (const auto& [what, octets] : cases) {
    start({});
    say(header);
    EXPECT_EQ(say(hex(octets)), "") << what;
    EXPECT_TRUE(session_->finished()) << what;
    EXPECT_TRUE(session_->error()) << what;
    EXPECT_TRUE(sasl_.empty()) << what;
  }
}

/// Part 2, section 2.3.1: size, data offset, type, channel.
std::string frame(std::string_view body, std::uint8_t channel = 0) {
  const std::string octets = hex(body);
  const std::size_t size = octets.size() + 8;
  return std::string{'\0', '\0', static_cast<char>(size >> 8U), static_cast<char>(size), '\2',
                     '\0', '\0', static_cast<char>(channel)} +
         octets;
}

// What each frame says, field by field, follows Part 2, section 2.7.
const std::string amqp_header = hex("414d515000010000");
const std::string open_frame = frame("005310c00601a103636174");
const std::string begin_frame = frame("005311c007044043520a520a");
const std::string attach_sender = frame("005312c00603a101734342");
const std::string attach_receiver = frame("005312c00603a101724341");
const std::string end_frame = frame("00531745");
const std::string close_frame = frame("00531845");

TEST_F(AmqpSessionTest, ReadsFramesWrittenByHand) {
  say(amqp_header + open_frame + begin_frame + attach_sender);
  EXPECT_EQ(links_.size(), 1U);
  say(end_frame + close_frame);
  EXPECT_TRUE(session_->finished());
  EXPECT_FALSE(session_->error());
}

// Some of these, such as a first transfer without a delivery id, would end the engine's process.
TEST_F(AmqpSessionTest, ClosesOnFramesThatAreMalformedOrOutOfOrder) {
  const std::string opened = amqp_header + open_frame;
  const std::string begun = opened + begin_frame;
  const std::string sending = begun + attach_sender;
  const std::pair<const char*, std::string> cases[] = {
      {"a begin before the open", amqp_header + begin_frame},
      {"a close before the open", amqp_header + close_frame},
      {"a second open", opened + open_frame},
      {"an attach outside a session", opened + attach_sender},
      {"an answer to a session that the server did not begin", opened + frame("005311c0090460000043520a520a")},
      {"a second session", begun + begin_frame},
      {"a session on another channel", opened + frame("005311c007044043520a520a", 1)},
      {"a session after the first one's end", begun + end_frame + begin_frame},
      {"an attach without a role", begun + frame("005312c00502a1017343")},
      {"a handle twice", sending + frame("005312c00603a101744342")},
      {"a transfer on no link", begun + frame("005314c0080543"
                                              "43"
                                              "a00130"
                                              "4342")},
      {"a transfer to who sends", begun + attach_receiver +
                                      frame("005314c0080543"
                                            "43"
                                            "a00130"
                                            "4342")},
      {"a transfer in parts without a delivery id", sending + frame("005314c0090643"
                                                                    "40"
                                                                    "a00130"
                                                                    "434241")},
      {"a transfer whose delivery id is a text", sending + frame("005314c00b0643"
                                                                 "a10130"
                                                                 "a00130"
                                                                 "434241")},
      {"a flow of no link", begun + frame("005313c0090540520a43520a5209")},
      {"a detach of no link", begun + frame("005316c003015205")},
      {"a frame larger than announced", opened + hex("0000400102000000")},
      {"a SASL frame", opened + hex("0000000802010000")},
      {"a second header", opened + amqp_header},
      {"a body that is no value", opened + frame("deadbeef")},
      {"a body that is no performative", opened + frame("00537045")},
      {"a performative that is no list", opened + frame("005311c10100")},
      {"octets behind a performative", opened + frame("005311c007044043520a520a00")},
      {"more values than any frame has", begun + frame("005312c00b01f000000005ffffffff40")},
      {"a list that is longer than its frame", begun + frame("005312c0ff03a101734342")},
      {"a list with fewer values than it says", begun + frame("005312c00604a101734342")},
  };
  for (const auto& [what, octets] : cases) {
    start({});
    const std::string said = say(octets);
    EXPECT_TRUE(session_->finished()) << what;
    ASSERT_TRUE(session_->error()) << what;
    EXPECT_NE(said.find("amqp:connection:framing-error"), std::string::npos) << what;
    // Once it has closed, nothing more is taken.
    EXPECT_EQ(say(begin_frame + attach_sender), "") << what;
    EXPECT_TRUE(requests_.empty()) << what;
  }
}

TEST_F(AmqpSessionTest, TakesSoManyLinksAndNoMore) {
  AmqpLimits limits;
  limits.links_max = 2;
  start(limits);
  say(amqp_header + open_frame + begin_frame + attach_sender + frame("005312c00703a10174520142"));
  EXPECT_FALSE(session_->error());
  say(frame("005316c003015201"));
  // Detached ones count, too: otherwise a peer could attach and detach for ever.
  const std::string said = say(frame("005312c00703a10175520142"));
  EXPECT_NE(said.find("amqp:resource-limit-exceeded"), std::string::npos);
  EXPECT_TRUE(session_->finished());
}

TEST_F(AmqpSessionTest, RefusesMessagesBeyondItsCredit) {
  AmqpLimits limits;
  limits.credit = 2;
  start(limits);
  say(amqp_header + open_frame + begin_frame + attach_sender);
  // Handle 0, delivery ids from 0, a tag each, message format 0, not settled; nobody waits for the next credit.
  const std::string first = frame(
      "005314c0080543"
      "43"
      "a00130"
      "4342");
  const std::string second = frame(
      "005314c0090543"
      "5201"
      "a00131"
      "4342");
  const std::string third = frame(
      "005314c0090543"
      "5202"
      "a00132"
      "4342");
  const std::string said = say(first + second + third);
  EXPECT_NE(said.find("amqp:link:transfer-limit-exceeded"), std::string::npos);
  EXPECT_TRUE(session_->finished());
}

TEST_F(AmqpSessionTest, ForgetsAnAbortedMessage) {
  ProtonClient client;
  client.attach(address);
  converse(client);
  pn_delivery_t* delivery = pn_delivery(client.sender, pn_dtag("a", 1));
  pn_link_send(client.sender, "abc", 3);
  converse(client);
  pn_delivery_abort(delivery);
  converse(client);
  client.send("{}", "next");
  converse(client);
  EXPECT_EQ(requests_.size(), 1U);
  ASSERT_EQ(client.answers.size(), 1U);
  EXPECT_EQ(client.answers[0].correlation_id, "next");
}

}  // namespace
}  // namespace muster::net
