#include "dialect/azure/amqp_api.hpp"

#include <utility>

#include "codec/sas_token.hpp"
#include "codec/tpm/sasl_mechanism.hpp"
#include "dialect/azure/errors.hpp"
#include "dialect/azure/route.hpp"
#include "provisioning/challenges.hpp"

namespace muster::dialect::azure {

namespace amqp = codec::amqp;
using base::Errc;
using base::Error;
using base::Result;
using base::Task;
using net::AmqpAnswer;
using net::AmqpError;
using net::AmqpLink;
using net::AmqpRequest;
using net::SaslAnswer;
using Kind = SaslAnswer::Kind;

namespace {

// A key as TPM2B_PUBLIC and two names, or a token: either is smaller.
constexpr std::size_t sasl_message_size_max = 4096;

struct DeviceName {
  std::string id_scope;
  std::string registration_id;
};

/// The last three segments of {idScope}/registrations/{registrationId}: the SDK for C writes amqps://host/ in front,
/// the one for Java a slash.
Result<DeviceName> read_address(std::string_view address) {
  std::vector<std::string> segments;
  for (std::size_t begin = 0; begin <= address.size();) {
    const auto end = std::min(address.find('/', begin), address.size());
    segments.emplace_back(address.substr(begin, end - begin));
    begin = end + 1;
  }
  const std::size_t count = segments.size();
  if (count < 3 || !base::equal_ignoring_case(segments[count - 2], "registrations"))
    return Error(Errc::unknown_route, std::string(address.substr(0, 256)));
  return DeviceName{segments[count - 3], segments[count - 1]};
}

bool equal(const DeviceName& left, const DeviceName& right) {
  return base::equal_ignoring_case(left.id_scope, right.id_scope) &&
         base::equal_ignoring_case(left.registration_id, right.registration_id);
}

/// Whether what failed were the credentials themselves. Other refusals have words of their own, which SASL has not:
/// the connection opens, and the request is rejected with them.
bool are_bad_credentials(const Error& error) {
  const bool is_disabled = error.code() == Errc::enrollment_disabled || error.code() == Errc::tenant_disabled;
  return http_status(error.code()) == 401 && !is_disabled;
}

SaslAnswer sasl(Kind kind) { return {.kind = kind, .challenge = {}}; }

SaslAnswer challenge(base::Bytes octets) { return {.kind = Kind::challenge, .challenge = std::move(octets)}; }

class Conversation final : public net::AmqpConversation {
 public:
  Conversation(DeviceOperations& operations, const base::Clock& clock, base::Random& random, net::Log& log,
               std::shared_ptr<const net::Peer> peer)
      : operations_(operations),
        clock_(clock),
        random_(random),
        log_(log),
        peer_(std::move(peer)),
        assembly_(sasl_message_size_max) {}

  Task<SaslAnswer> authenticate(amqp::SaslMessage message) override;
  std::optional<AmqpError> attach(const AmqpLink& link) override;
  Task<AmqpAnswer> answer(AmqpRequest request) override;
  bool is_under_way() const override { return is_under_way_; }

 private:
  enum class TpmStep { introduction, storage_root_key, last_segment, token };

  Task<SaslAnswer> authenticate_plain(const amqp::SaslMessage& message);
  Task<SaslAnswer> authenticate_tpm(const amqp::SaslMessage& message);
  Task<SaslAnswer> challenge_tpm(base::Bytes storage_root_key);
  Task<SaslAnswer> check_token(std::string_view text);
  Kind outcome_of(const Error& refusal);
  Result<DeviceName> admit(const AmqpLink& link) const;
  DeviceRequest request_of(const DeviceName& device) const;
  SaslAnswer refuse(const Error& error) const;
  AmqpError refusal(const Error& error, const std::string& request_id) const;

  DeviceOperations& operations_;
  const base::Clock& clock_;
  base::Random& random_;
  net::Log& log_;
  std::shared_ptr<const net::Peer> peer_;

  bool is_under_way_ = true;  ///< until an answer does not ask the device to come back

  std::optional<DeviceName> authenticated_;  ///< the one that SASL was about
  std::optional<codec::SasToken> token_;
  std::optional<Errc> noted_refusal_;  ///< what SASL found and the first request is to be rejected for

  codec::tpm::SaslAssembly assembly_;
  TpmStep tpm_step_ = TpmStep::introduction;
  provisioning::TpmKeys tpm_keys_;
  base::Bytes last_segment_;
  /// How SASL ends whatever the token, where that is settled before the challenge.
  std::optional<Kind> tpm_outcome_;
};

DeviceRequest Conversation::request_of(const DeviceName& device) const {
  DeviceRequest request;
  request.id_scope = device.id_scope;
  request.registration_id = device.registration_id;
  request.token = token_;
  request.transport = peer_->web_socket ? provisioning::Transport::amqp_websocket : provisioning::Transport::amqp;
  request.peer = peer_;
  return request;
}

SaslAnswer Conversation::refuse(const Error& error) const {
  log_.write(net::LogLevel::info, "sasl_refused",
             {{"address", peer_->address}, {"code", base::describe(error.code()).name}, {"reason", error.detail()}});
  return sasl(Kind::refused);
}

AmqpError Conversation::refusal(const Error& error, const std::string& request_id) const {
  return amqp_error(http_status(error.code()), error_body(error, request_id, clock_.now()), {});
}

Task<SaslAnswer> Conversation::authenticate(amqp::SaslMessage message) {
  if (message.mechanism == "PLAIN") co_return co_await authenticate_plain(message);
  if (!message.is_init() || message.mechanism == "TPM") co_return co_await authenticate_tpm(message);
  co_return refuse(Error(Errc::credentials_malformed, "SASL mechanism " + message.mechanism.substr(0, 64)));
}

Task<SaslAnswer> Conversation::authenticate_plain(const amqp::SaslMessage& message) {
  const auto plain = amqp::read_plain(message.octets);
  if (!plain) co_return refuse(plain.error());
  auto device = read_address(plain->authentication_id);
  if (!device) co_return refuse(Error(Errc::credentials_malformed, "a user that is no registration"));
  authenticated_ = std::move(*device);
  co_return co_await check_token(base::text_view(plain->password.reveal()));
}

Task<SaslAnswer> Conversation::check_token(std::string_view text) {
  auto token = codec::parse_sas_token(text);
  if (!token) {
    DeviceRequest unreadable = request_of(*authenticated_);
    co_await operations_.refuse(std::move(unreadable), token.error());
    co_return sasl(Kind::refused);
  }
  token_ = std::move(*token);
  DeviceRequest request = request_of(*authenticated_);
  std::optional<provisioning::TpmKeys> no_keys;
  const auto checked = co_await operations_.authenticate(std::move(request), std::move(no_keys));
  co_return sasl(checked ? Kind::accepted : outcome_of(checked.error()));
}

Kind Conversation::outcome_of(const Error& refusal) {
  if (are_bad_credentials(refusal)) return Kind::refused;
  noted_refusal_ = refusal.code();
  return Kind::accepted;
}

Task<SaslAnswer> Conversation::authenticate_tpm(const amqp::SaslMessage& message) {
  auto said = assembly_.add(message.octets);
  if (!said) co_return refuse(said.error());
  if (!*said) co_return challenge(codec::tpm::sasl_go_on);

  switch (tpm_step_) {
    case TpmStep::introduction: {
      auto introduction = codec::tpm::read_sasl_introduction(**said);
      if (!introduction) co_return refuse(introduction.error());
      authenticated_ = DeviceName{std::move(introduction->id_scope), std::move(introduction->registration_id)};
      tpm_keys_.endorsement_key = std::move(introduction->endorsement_key);
      tpm_step_ = TpmStep::storage_root_key;
      co_return challenge(codec::tpm::sasl_go_on);
    }
    case TpmStep::storage_root_key:
      co_return co_await challenge_tpm(std::move(**said));
    case TpmStep::last_segment:
      tpm_step_ = TpmStep::token;
      co_return challenge(std::move(last_segment_));
    case TpmStep::token:
      break;
  }
  if (tpm_outcome_) co_return sasl(*tpm_outcome_);
  co_return co_await check_token(base::text_view(**said));
}

Task<SaslAnswer> Conversation::challenge_tpm(base::Bytes storage_root_key) {
  tpm_keys_.storage_root_key = std::move(storage_root_key);
  DeviceRequest request = request_of(*authenticated_);
  std::optional<provisioning::TpmKeys> keys = tpm_keys_;
  const auto issued = co_await operations_.authenticate(std::move(request), std::move(keys));
  base::Bytes blob;
  if (issued && *issued) {
    blob = (**issued).activation_blob;
  } else {
    // Refused, or proven by a certificate. The SDK for Node waits for ever where SASL ends before it was challenged.
    tpm_outcome_ = issued ? Kind::accepted : outcome_of(issued.error());
    const std::string resource = authenticated_->id_scope + "/registrations/" + authenticated_->registration_id;
    auto unanswerable = provisioning::challenge_to_nothing(tpm_keys_, resource, random_);
    if (!unanswerable) co_return refuse(unanswerable.error());
    blob = std::move(*unanswerable);
  }
  auto segments = codec::tpm::sasl_challenge_segments(blob, amqp::sasl_challenge_size_max);
  if (!segments) co_return refuse(Error(Errc::tpm_key_unsupported, "its challenge does not fit into two SASL frames"));
  last_segment_ = std::move((*segments)[1]);
  tpm_step_ = TpmStep::last_segment;
  co_return challenge(std::move((*segments)[0]));
}

Result<DeviceName> Conversation::admit(const AmqpLink& link) const {
  auto device = read_address(link.address);
  if (!device) return device.error();
  const auto version = link.properties.find("com.microsoft:api-version");
  const std::string query =
      version == link.properties.end() ? std::string() : "api-version=" + net::percent_encode(version->second);
  if (const auto checked = check_api_version(query); !checked) return checked.error();
  if (authenticated_ && !equal(*authenticated_, *device))
    return Error(Errc::token_for_another_resource, "SASL was about another registration than the link");
  return device;
}

std::optional<AmqpError> Conversation::attach(const AmqpLink& link) {
  const auto device = admit(link);
  if (device) return {};
  log_.write(net::LogLevel::info, "request_refused",
             {{"address", peer_->address},
              {"path", link.address},
              {"code", base::describe(device.error().code()).name},
              {"reason", device.error().detail()}});
  return refusal(device.error(), "");
}

Task<AmqpAnswer> Conversation::answer(AmqpRequest request) {
  const std::string request_id = request.request_id;
  const auto device = read_address(request.address);
  if (!device) co_return AmqpAnswer(refusal(device.error(), request_id));
  DeviceRequest wanted = request_of(*device);
  wanted.request_id = request_id;
  // It is the same attempt; what the client tries after that on this connection is another.
  wanted.noted_refusal = std::exchange(noted_refusal_, std::nullopt);

  const auto* operation = request.message.text_property("iotdps-operation-type");
  DeviceAnswer given;
  if (operation != nullptr && *operation == "iotdps-register") {
    for (const auto& [name, value] : request.message.application_properties)
      if (const bool* force = std::get_if<bool>(&value); force != nullptr && name == "iotdps-forceRegistration")
        wanted.force = *force;
    wanted.body = std::move(request.message.body);
    given = co_await operations_.register_device(std::move(wanted));
  } else if (operation != nullptr && *operation == "iotdps-get-operationstatus") {
    const auto* id = request.message.text_property("iotdps-operation-id");
    std::string operation_id = id == nullptr ? std::string() : *id;
    given = co_await operations_.operation_status(std::move(wanted), std::move(operation_id));
  } else if (operation != nullptr && *operation == "iotdps-get-registration") {
    wanted.body = std::move(request.message.body);
    given = co_await operations_.look_up(std::move(wanted));
  } else {
    Error unknown(Errc::malformed_request, "iotdps-operation-type is missing or unknown");
    given = co_await operations_.refuse(std::move(wanted), std::move(unknown));
  }

  is_under_way_ = given.retry_after_seconds.has_value();

  // A TPM's challenge belongs to SASL: a device that left that out has shown no credentials.
  if (given.status >= 300 && !given.refusal) {
    DeviceRequest unproven = request_of(*device);
    unproven.request_id = request_id;
    Error missing(Errc::credentials_missing, "a device with a TPM answers its challenge in SASL");
    given = co_await operations_.refuse(std::move(unproven), std::move(missing));
  }
  if (given.refusal) co_return AmqpAnswer(amqp_error(given.status, std::move(given.body), given.retry_after_seconds));

  amqp::Message answer;
  answer.body = std::move(given.body);
  // The SDKs for Node and C read the first as a number or a text, the one for C# the second.
  if (given.retry_after_seconds)
    answer.application_properties = {{"retry-after", *given.retry_after_seconds},
                                     {"Retry-After", *given.retry_after_seconds}};
  co_return AmqpAnswer(std::move(answer));
}

}  // namespace

std::unique_ptr<net::AmqpConversation> AmqpApi::converse(std::shared_ptr<const net::Peer> peer) {
  return std::make_unique<Conversation>(operations_, clock_, random_, log_, std::move(peer));
}

AmqpError amqp_error(int status, std::string body, std::optional<int> seconds_to_wait) {
  const char* condition = "amqp:not-allowed";
  if (status == 401) condition = "amqp:unauthorized-access";
  if (status == 404) condition = "amqp:not-found";
  if (status == 409 || status == 412) condition = "amqp:precondition-failed";
  if (status == 413) condition = "amqp:link:message-size-exceeded";
  if (status == 429) condition = "com.microsoft:device-container-throttled";
  // With these two conditions the SDK for Node repeats the request after so many seconds, for ever.
  if (status >= 500) condition = "amqp:internal-error";
  AmqpError error{condition, std::move(body), {}};
  if (seconds_to_wait) error.info["retry-after"] = *seconds_to_wait;
  return error;
}

}  // namespace muster::dialect::azure
