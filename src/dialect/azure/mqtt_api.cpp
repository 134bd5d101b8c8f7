#include "dialect/azure/mqtt_api.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/id.hpp"
#include "codec/json.hpp"
#include "dialect/azure/errors.hpp"
#include "dialect/azure/mqtt_names.hpp"

namespace muster::dialect::azure {

namespace mqtt = codec::mqtt;
using base::Errc;
using base::Error;
using base::Result;
using base::Task;
using mqtt::ReasonCode;
using mqtt::Violation;

namespace {

using Token = std::optional<codec::SasToken>;

/// An extension of Muster's: the token of a device with a TPM, in the body of its second registration.
Result<Token> token_in(const std::string& body) {
  if (body.empty()) return Token();
  const auto json = codec::parse_json(body);
  if (!json) return json.error();
  const auto* object = json->if_object();
  const auto* member = object == nullptr ? nullptr : object->if_contains("authorization");
  if (member == nullptr || member->is_null()) return Token();
  if (!member->is_string()) return Error(Errc::credentials_malformed, "authorization is not a text");
  auto token = codec::parse_sas_token(member->get_string());
  if (!token) return token.error();
  return Token(std::move(*token));
}

DeviceRequest request_of(const MqttUserName& name, const std::shared_ptr<const net::Peer>& peer) {
  DeviceRequest request;
  request.id_scope = name.id_scope;
  request.registration_id = name.registration_id;
  request.transport = peer->web_socket ? provisioning::Transport::mqtt_websocket : provisioning::Transport::mqtt;
  request.peer = peer;
  return request;
}

}  // namespace

/// A device that was let in.
class MqttApi::Device final : public net::MqttClient {
 public:
  Device(MqttApi& api, MqttUserName name, Result<Token> token, std::shared_ptr<const net::Peer> peer)
      : api_(api), name_(std::move(name)), token_(std::move(token)), peer_(std::move(peer)) {}

  ReasonCode subscribe(const std::string& filter) override {
    if (!is_mqtt_answer_filter(filter)) return ReasonCode::not_authorized;
    subscribed_ = true;
    return ReasonCode::success;
  }

  Task<net::MqttReply> publish(mqtt::Publish message) override;

 private:
  Task<DeviceAnswer> answer(MqttRequestTopic topic, mqtt::Publish message, std::string request_id);

  MqttApi& api_;
  MqttUserName name_;
  Result<Token> token_;
  std::shared_ptr<const net::Peer> peer_;
  bool subscribed_ = false;
};

Task<DeviceAnswer> MqttApi::Device::answer(MqttRequestTopic topic, mqtt::Publish message, std::string request_id) {
  DeviceRequest request = request_of(name_, peer_);
  request.request_id = std::move(request_id);
  request.force = topic.force;
  if (name_.attests_by_tpm && !topic.operation_id) {
    auto signed_by_tpm = token_in(message.payload);
    if (!signed_by_tpm) co_return co_await api_.operations_.refuse(std::move(request), signed_by_tpm.error());
    if (*signed_by_tpm) token_ = std::move(signed_by_tpm);
  }
  if (!token_) co_return co_await api_.operations_.refuse(std::move(request), token_.error());
  request.token = *token_;
  request.body = std::move(message.payload);
  if (topic.operation_id)
    co_return co_await api_.operations_.operation_status(std::move(request), std::move(*topic.operation_id));
  co_return co_await api_.operations_.register_device(std::move(request));
}

Task<net::MqttReply> MqttApi::Device::publish(mqtt::Publish message) {
  net::MqttReply reply;
  auto topic = read_mqtt_topic(message.topic);
  if (!topic) {
    reply.violation = Violation{ReasonCode::topic_name_invalid, "the topic is none of the device API's"};
    co_return reply;
  }
  // Without it the answer would go nowhere, while the registration was made.
  if (!subscribed_) {
    reply.violation = Violation{ReasonCode::protocol_error, "subscribe to $dps/registrations/res/# before publishing"};
    co_return reply;
  }

  mqtt::Publish result;
  if (const auto correlation = message.properties.text(mqtt::PropertyId::correlation_data))
    result.properties.add(mqtt::PropertyId::correlation_data, *correlation);
  const std::string request_id = base::Uuid::draw(api_.random_).str();
  const std::string answer_to = topic->request_id;
  DeviceAnswer given;
  try {
    given = co_await answer(std::move(*topic), std::move(message), request_id);
  } catch (const std::exception& fault) {
    api_.log_.write(net::LogLevel::error, "request_failed",
                    {{"request_id", request_id}, {"address", peer_->address}, {"fault", fault.what()}});
    const Error error(Errc::internal_error);
    given.status = http_status(error.code());
    given.body = error_body(error, request_id, api_.clock_.now());
  }
  // Every 202 says when to ask again, also where there is no need to.
  if (given.status == 202 && !given.retry_after_seconds) given.retry_after_seconds = api_.settings_.retry_after_seconds;
  reply.proven = given.proven;
  result.topic = mqtt_answer_topic(given.status, answer_to, given.retry_after_seconds);
  // Azure's SDK for Node takes a payload's octets for ASCII.
  result.payload = codec::to_ascii_json(given.body);
  reply.messages.push_back(std::move(result));
  co_return reply;
}

Task<std::variant<net::MqttAdmission, Violation>> MqttApi::connect(mqtt::Connect connect,
                                                                   std::shared_ptr<const net::Peer> peer) {
  if (!connect.user_name) co_return Violation{ReasonCode::not_authorized, "there is no user name"};
  auto name = read_mqtt_user_name(*connect.user_name);
  if (!name)
    co_return Violation{ReasonCode::not_authorized,
                        "the user name is not {idScope}/registrations/{registrationId}/api-version={date}"};
  if (!base::equal_ignoring_case(connect.client_id, name->registration_id))
    co_return Violation{ReasonCode::client_identifier_not_valid, "the client id is not the registration id"};
  Result<Token> token = Token();
  if (connect.password && !connect.password->empty()) {
    auto parsed = codec::parse_sas_token(base::text_view(connect.password->reveal()));
    token = parsed ? Result<Token>(std::move(*parsed)) : Result<Token>(parsed.error());
  } else if (peer->certificates.empty() && !name->attests_by_tpm) {
    DeviceRequest unproven = request_of(*name, peer);
    unproven.request_id = base::Uuid::draw(random_).str();
    Error missing(Errc::credentials_missing, "CONNECT brings neither a password nor a client certificate");
    co_await operations_.refuse(std::move(unproven), std::move(missing));
    co_return Violation{ReasonCode::not_authorized, "there is neither a password nor a client certificate"};
  }

  net::MqttAdmission admission;
  // The ID scope is the tenant's: devices of two tenants may have the same registration id.
  admission.name = base::to_lower(name->id_scope) + "/" + base::to_lower(name->registration_id);
  admission.client = std::make_unique<Device>(*this, std::move(*name), std::move(token), std::move(peer));
  co_return admission;
}

}  // namespace muster::dialect::azure
