#include "dialect/azure/service_api.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "codec/json.hpp"
#include "dialect/azure/enrollment_json.hpp"
#include "dialect/azure/errors.hpp"
#include "dialect/azure/query_page.hpp"
#include "dialect/azure/registration_json.hpp"
#include "dialect/azure/route.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/ip_filter.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;
using base::Result;
using base::Task;
using net::HttpRequest;
using net::HttpResponse;
using provisioning::Precondition;
using provisioning::ServiceRight;

namespace {

constexpr std::size_t bulk_items_max = 10;

constexpr std::string_view enrollment_members[] = {"registrationId",     "deviceId",
                                                   "registrationState",  "optionalDeviceInformation",
                                                   "attestation",        "capabilities",
                                                   "initialTwin",        "etag",
                                                   "provisioningStatus", "reprovisionPolicy",
                                                   "createdDateTimeUtc", "lastUpdatedDateTimeUtc",
                                                   "allocationPolicy",   "customAllocationDefinition"};
constexpr std::string_view group_members[] = {"enrollmentGroupId",
                                              "attestation",
                                              "capabilities",
                                              "initialTwin",
                                              "etag",
                                              "provisioningStatus",
                                              "reprovisionPolicy",
                                              "createdDateTimeUtc",
                                              "lastUpdatedDateTimeUtc",
                                              "allocationPolicy",
                                              "customAllocationDefinition"};
constexpr std::string_view registration_members[] = {
    "registrationId", "createdDateTimeUtc",     "assignedHub", "deviceId", "status",
    "substatus",      "lastUpdatedDateTimeUtc", "etag",        "tpm",      "x509",
    "symmetricKey"};

/// If-Match: nothing, a tag, or * for "whatever there is".
Precondition precondition_of(const HttpRequest& request) {
  const auto if_match = request.header("If-Match");
  if (!if_match || if_match->empty()) return {};
  const std::string tag = entity_tag_of(*if_match);
  if (tag == "*") return {.kind = Precondition::Kind::must_exist, .entity_tag = {}};
  return {.kind = Precondition::Kind::must_match, .entity_tag = tag};
}

Result<boost::json::object> body_of(const HttpRequest& request) {
  auto body = codec::parse_json(request.body);
  if (!body) return body.error();
  if (!body->is_object()) return Error(Errc::malformed_json, "the body is not an object");
  return std::move(body->get_object());
}

HttpResponse no_content(const std::string& request_id) {
  HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("x-ms-request-id", request_id);
  return response;
}

}  // namespace

/// What the service API calls an individual enrollment.
struct ServiceApi::Individual {
  using Row = provisioning::Enrollment;
  static constexpr const char* id_member = "registrationId";
  static constexpr const char* list_member = "enrollments";
  static constexpr const char* item_type = "Enrollment";
  static constexpr std::span<const std::string_view> members = enrollment_members;

  static Result<provisioning::RegistrationId> parse_id(const std::string& text) {
    auto id = provisioning::RegistrationId::parse(text);
    if (!id) return Error(Errc::invalid_registration_id, "in the path or in the list");
    return std::move(*id);
  }
  static auto read(const boost::json::object& json, const provisioning::TenantId& tenant,
                   const provisioning::RegistrationId& id) {
    return read_enrollment(json, tenant, id);
  }
  static Task<boost::json::object> write(provisioning::Store& store, const Row& row,
                                         const provisioning::SymmetricKeys* keys) {
    const auto record = co_await store.find_device(row.tenant, row.registration_id.folded());
    co_return write_enrollment(row, keys, record ? &*record : nullptr);
  }
  static const std::string& key(const Row& row) { return row.registration_id.folded(); }
  static Task<std::vector<Row>> list(provisioning::Store& store, provisioning::TenantId tenant,
                                     provisioning::Page page) {
    return store.list_enrollments(std::move(tenant), std::move(page));
  }
};

struct ServiceApi::Group {
  using Row = provisioning::EnrollmentGroup;
  static constexpr const char* id_member = "enrollmentGroupId";
  static constexpr const char* list_member = "enrollmentGroups";
  static constexpr const char* item_type = "EnrollmentGroup";
  static constexpr std::span<const std::string_view> members = group_members;

  static Result<provisioning::GroupId> parse_id(const std::string& text) {
    auto id = parse_group_id(text);
    if (!id) return Error(Errc::invalid_argument, "an enrollment group's id has the form of a registration id");
    return std::move(*id);
  }
  static auto read(const boost::json::object& json, const provisioning::TenantId& tenant,
                   const provisioning::GroupId& id) {
    return read_group(json, tenant, id);
  }
  static Task<boost::json::object> write(provisioning::Store&, const Row& row,
                                         const provisioning::SymmetricKeys* keys) {
    co_return write_group(row, keys);
  }
  static const std::string& key(const Row& row) { return row.id.str(); }
  static Task<std::vector<Row>> list(provisioning::Store& store, provisioning::TenantId tenant,
                                     provisioning::Page page) {
    return store.list_groups(std::move(tenant), std::move(page));
  }
};

bool ServiceApi::takes(const std::vector<std::string>& segments) {
  return base::equal_ignoring_case(segments[0], "enrollments") ||
         base::equal_ignoring_case(segments[0], "enrollmentGroups") ||
         base::equal_ignoring_case(segments[0], "registrations");
}

Task<HttpResponse> ServiceApi::handle(HttpRequest request, std::vector<std::string> segments) {
  auto response = co_await dispatch(request, segments);
  if (response) co_return std::move(*response);
  log_.write(net::LogLevel::info, "service_call_refused",
             {{"request_id", request.request_id},
              {"method", request.method},
              {"path", request.path},
              {"code", base::describe(response.error().code()).name},
              {"reason", response.error().detail()},
              {"address", request.peer->address}});
  co_return error_response(response.error(), request.request_id, clock_.now());
}

std::span<const ServiceApi::Entry> ServiceApi::entries() {
  constexpr auto enrollment_read = ServiceRight::enrollment_read;
  constexpr auto enrollment_write = ServiceRight::enrollment_write;
  constexpr auto registration_read = ServiceRight::registration_read;
  constexpr auto registration_write = ServiceRight::registration_write;
  // The first that fits is called.
  static constexpr Entry all[] = {
      {{"POST", "enrollments", enrollment_write}, &ServiceApi::bulk<Individual>},
      {{"POST", "enrollments/query", enrollment_read}, &ServiceApi::query<Individual>},
      {{"PUT", "enrollments/{id}", enrollment_write}, &ServiceApi::put<Individual>},
      {{"GET", "enrollments/{id}", enrollment_read}, &ServiceApi::get<Individual>},
      {{"DELETE", "enrollments/{id}", enrollment_write}, &ServiceApi::remove<Individual>},
      {{"POST", "enrollments/{id}/attestationmechanism", enrollment_write},
       &ServiceApi::attestation_mechanism<Individual>},
      {{"POST", "enrollmentGroups", enrollment_write}, &ServiceApi::bulk<Group>},
      {{"POST", "enrollmentGroups/query", enrollment_read}, &ServiceApi::query<Group>},
      {{"PUT", "enrollmentGroups/{id}", enrollment_write}, &ServiceApi::put<Group>},
      {{"GET", "enrollmentGroups/{id}", enrollment_read}, &ServiceApi::get<Group>},
      {{"DELETE", "enrollmentGroups/{id}", enrollment_write}, &ServiceApi::remove<Group>},
      {{"POST", "enrollmentGroups/{id}/attestationmechanism", enrollment_write},
       &ServiceApi::attestation_mechanism<Group>},
      {{"GET", "registrations/{id}", registration_read}, &ServiceApi::get_registration},
      {{"DELETE", "registrations/{id}", registration_write}, &ServiceApi::remove_registration},
      {{"POST", "registrations/{id}/query", registration_read}, &ServiceApi::query_registrations},
  };
  return all;
}

std::vector<ServiceRoute> ServiceApi::routes() {
  std::vector<ServiceRoute> routes;
  for (const auto& entry : entries()) routes.push_back(entry.route);
  return routes;
}

Result<ServiceApi::Entry> ServiceApi::find(const HttpRequest& request, const std::vector<std::string>& segments) {
  bool is_path_known = false;
  for (const auto& entry : entries()) {
    if (!fits(entry.route.path, segments)) continue;
    if (entry.route.method == request.method) return entry;
    is_path_known = true;
  }
  if (is_path_known) return Error(Errc::method_not_allowed, request.method + " " + request.path);
  return Error(Errc::unknown_route, request.path);
}

Task<base::Status> ServiceApi::admit(const HttpRequest& request, const provisioning::TenantId& tenant_id) {
  const auto tenant = co_await store_.find_tenant(tenant_id);
  if (!tenant) co_return Error(Errc::unknown_policy, "the tenant " + tenant_id.str() + " is gone");
  const auto allowed = provisioning::check_address(*tenant, request.peer->address, provisioning::IpTarget::service_api);
  if (!allowed) co_return allowed;
  co_return pacing_.take_service_call(*tenant);
}

ServiceApi::Answer ServiceApi::dispatch(const HttpRequest& request, const std::vector<std::string>& segments) {
  if (auto version = check_api_version(request.query); !version) co_return version.error();
  auto caller = co_await access_.authenticate(request);
  if (!caller) co_return caller.error();
  const auto admitted = co_await admit(request, caller->tenant);
  if (!admitted) co_return admitted.error();
  const auto entry = find(request, segments);
  if (!entry) co_return entry.error();
  if (auto allowed = caller->may(entry->route.right); !allowed) co_return allowed.error();
  provisioning::Actor actor{.name = "policy:" + caller->policy, .address = request.peer->address};
  const Call call{request, segments, std::move(*caller), std::move(actor)};
  co_return co_await (this->*entry->handler)(call);
}

template <class Kind>
ServiceApi::Answer ServiceApi::put(const Call& call) {
  const auto id = Kind::parse_id(call.segments[1]);
  if (!id) co_return id.error();
  const auto body = body_of(call.request);
  if (!body) co_return body.error();
  auto draft = Kind::read(*body, call.caller.tenant, *id);
  if (!draft) co_return draft.error();
  draft->precondition = precondition_of(call.request);

  const auto stored = co_await enrollments_.put(std::move(*draft), call.actor);
  if (!stored) co_return stored.error();
  auto keys = co_await enrollments_.reveal_keys(*stored);
  const auto json = co_await Kind::write(store_, *stored, keys ? &*keys : nullptr);
  co_return json_response(200, boost::json::serialize(json), call.request.request_id);
}

template <class Kind>
ServiceApi::Answer ServiceApi::get(const Call& call) {
  const auto id = Kind::parse_id(call.segments[1]);
  if (!id) co_return id.error();
  const auto stored = co_await enrollments_.get(call.caller.tenant, *id);
  if (!stored) co_return stored.error();
  const auto json = co_await Kind::write(store_, *stored, nullptr);
  auto response = json_response(200, boost::json::serialize(json), call.request.request_id);
  response.headers.emplace_back("ETag", quoted_etag(provisioning::entity_tag(stored->created_at, stored->revision)));
  co_return response;
}

template <class Kind>
ServiceApi::Answer ServiceApi::remove(const Call& call) {
  const auto id = Kind::parse_id(call.segments[1]);
  if (!id) co_return id.error();
  Precondition precondition = precondition_of(call.request);
  const auto removed = co_await enrollments_.remove(call.caller.tenant, *id, std::move(precondition), call.actor);
  if (!removed) co_return removed.error();
  co_return no_content(call.request.request_id);
}

template <class Kind>
ServiceApi::Answer ServiceApi::attestation_mechanism(const Call& call) {
  const auto id = Kind::parse_id(call.segments[1]);
  if (!id) co_return id.error();
  const auto stored = co_await enrollments_.get(call.caller.tenant, *id);
  if (!stored) co_return stored.error();
  auto keys = co_await enrollments_.reveal_keys(*stored);
  constexpr bool is_group = std::is_same_v<Kind, Group>;
  const auto json = write_attestation(stored->terms.attestation, is_group, keys ? &*keys : nullptr);
  co_return json_response(200, boost::json::serialize(json), call.request.request_id);
}

template <class Kind>
ServiceApi::Answer ServiceApi::query(const Call& call) {
  auto page = read_query(call.request, Kind::members);
  if (!page) co_return page.error();
  provisioning::Store& store = store_;
  const provisioning::TenantId tenant = call.caller.tenant;
  QuerySource source = [&store, tenant](provisioning::Page wanted,
                                        boost::json::array& items) -> Task<std::vector<std::string>> {
    std::vector<std::string> keys;
    const auto rows = co_await Kind::list(store, tenant, std::move(wanted));
    for (const auto& row : rows) {
      items.emplace_back(co_await Kind::write(store, row, nullptr));
      keys.push_back(Kind::key(row));
    }
    co_return keys;
  };
  co_return co_await answer_query(std::move(*page), source, Kind::item_type, call.request.request_id);
}

template <class Kind>
ServiceApi::Answer ServiceApi::bulk(const Call& call) {
  const auto body = body_of(call.request);
  if (!body) co_return body.error();
  const auto* mode = body->if_contains("mode");
  const auto* list = body->if_contains(Kind::list_member);
  if (mode == nullptr || !mode->is_string()) co_return Error(Errc::invalid_argument, "mode is missing");
  if (list == nullptr || !list->is_array())
    co_return Error(Errc::invalid_argument, std::string(Kind::list_member) + " is not an array");
  if (list->get_array().size() > bulk_items_max) co_return Error(Errc::too_many_items, "more than 10");

  const std::string wanted = base::to_lower(mode->get_string());
  const bool removes = wanted == "delete";
  const bool matches_tag = wanted == "updateifmatchetag";
  if (!removes && !matches_tag && wanted != "create" && wanted != "update")
    co_return Error(Errc::invalid_argument, "mode is none of create, update, updateIfMatchETag, delete");

  boost::json::array errors;
  for (const auto& item : list->get_array()) {
    std::string name;
    std::optional<Error> refusal;
    const auto* object = item.if_object();
    const auto* id_text = object == nullptr ? nullptr : object->if_contains(Kind::id_member);
    if (id_text == nullptr || !id_text->is_string()) {
      refusal = Error(Errc::invalid_argument, "an item has no id");
    } else {
      name = std::string(id_text->get_string());
      const auto id = Kind::parse_id(name);
      const auto* etag = object->if_contains("etag");
      const std::string tag = etag != nullptr && etag->is_string() ? entity_tag_of(etag->get_string()) : std::string{};
      Precondition precondition;
      if (wanted == "create") precondition.kind = Precondition::Kind::must_not_exist;
      if (wanted == "update") precondition.kind = Precondition::Kind::must_exist;
      if (matches_tag || (removes && !tag.empty())) precondition = {Precondition::Kind::must_match, tag};

      if (!id) {
        refusal = id.error();
      } else if (removes) {
        const auto removed = co_await enrollments_.remove(call.caller.tenant, *id, precondition, call.actor);
        if (!removed) refusal = removed.error();
      } else {
        auto draft = Kind::read(*object, call.caller.tenant, *id);
        if (!draft) {
          refusal = draft.error();
        } else {
          draft->precondition = precondition;
          const auto stored = co_await enrollments_.put(std::move(*draft), call.actor);
          if (!stored) refusal = stored.error();
        }
      }
    }
    if (refusal)
      errors.push_back({{Kind::id_member, name},
                        {"errorCode", error_code(refusal->code())},
                        {"errorStatus", base::describe(refusal->code()).sentence}});
  }
  boost::json::object answer;
  answer["isSuccessful"] = errors.empty();
  answer["errors"] = std::move(errors);
  co_return json_response(200, boost::json::serialize(answer), call.request.request_id);
}

ServiceApi::Answer ServiceApi::get_registration(const Call& call) {
  const auto id = Individual::parse_id(call.segments[1]);
  if (!id) co_return id.error();
  const auto record = co_await registrations_.get(call.caller.tenant, *id);
  if (!record) co_return record.error();
  const auto state = registration_state(record->device, *record->registration, std::nullopt);
  co_return json_response(200, boost::json::serialize(state), call.request.request_id);
}

ServiceApi::Answer ServiceApi::remove_registration(const Call& call) {
  const auto id = Individual::parse_id(call.segments[1]);
  if (!id) co_return id.error();
  Precondition precondition = precondition_of(call.request);
  const auto removed = co_await registrations_.remove(call.caller.tenant, *id, std::move(precondition), call.actor);
  if (!removed) co_return removed.error();
  co_return no_content(call.request.request_id);
}

ServiceApi::Answer ServiceApi::query_registrations(const Call& call) {
  const auto group = Group::parse_id(call.segments[1]);
  if (!group) co_return group.error();
  auto page = read_query(call.request, registration_members);
  if (!page) co_return page.error();
  const auto stored = co_await enrollments_.get(call.caller.tenant, *group);
  if (!stored) co_return stored.error();

  provisioning::Store& store = store_;
  const provisioning::TenantId tenant = call.caller.tenant;
  const provisioning::EnrollmentReference reference{.is_group = true, .id = group->str()};
  QuerySource source = [&store, tenant, reference](provisioning::Page wanted,
                                                   boost::json::array& items) -> Task<std::vector<std::string>> {
    std::vector<std::string> keys;
    const auto records = co_await store.list_devices(tenant, reference, std::move(wanted));
    for (const auto& record : records) {
      if (record.registration)
        items.emplace_back(registration_state(record.device, *record.registration, std::nullopt));
      else
        items.emplace_back(nullptr);
      keys.push_back(record.device.name.folded());
    }
    co_return keys;
  };
  co_return co_await answer_query(std::move(*page), source, "DeviceRegistration", call.request.request_id);
}

}  // namespace muster::dialect::azure
