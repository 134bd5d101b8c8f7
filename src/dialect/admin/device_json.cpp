#include "dialect/admin/device_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "dialect/admin/resource.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using namespace provisioning;

namespace {

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::value hex_or_null(ByteView bytes) { return text_or_null(base::to_hex(bytes)); }

/// What all rows have that may exist twice during an overlap.
template <class Overlapping>
json::object overlapping(const Overlapping& row) {
  json::object object;
  object["id"] = row.id.str();
  object["state"] = name_of(row.state);
  object["valid_from"] = base::to_rfc3339(row.valid_from);
  object["valid_until"] = row.valid_until ? json::value(base::to_rfc3339(*row.valid_until)) : json::value(nullptr);
  object["predecessor"] = row.predecessor ? json::value(row.predecessor->str()) : json::value(nullptr);
  return object;
}

json::object to_object(const Identity& identity) {
  json::object object = overlapping(identity);
  object["kind"] = name_of(identity.kind);
  object["fingerprint"] = hex_or_null(identity.fingerprint);
  object["public_part"] = text_or_null(base::to_base64(identity.public_part));
  return object;
}

json::object to_object(const Credential& credential) {
  json::object object = overlapping(credential);
  object["kind"] = name_of(credential.kind);
  object["fingerprint"] = hex_or_null(credential.fingerprint);
  return object;
}

json::object to_object(const Placement& placement) {
  json::object object = overlapping(placement);
  object["hub"] = placement.hub.str();
  object["twin"] = stored_json(placement.twin);
  object["iot_edge"] = placement.iot_edge;
  return object;
}

json::object to_object(const Ownership& ownership) {
  json::object object = overlapping(ownership);
  object["owner"] = ownership.owner;
  return object;
}

template <class Row>
json::array to_array(const std::vector<Row>& rows) {
  json::array array;
  for (const auto& row : rows) array.emplace_back(to_object(row));
  return array;
}

json::object to_object(const Registration& registration) {
  return {{"operation_id", registration.operation_id},
          {"status", name_of(registration.status)},
          {"substatus", name_of(registration.substatus)},
          {"attestation", name_of(registration.attestation)},
          {"hub", text_or_null(registration.hub.str())},
          {"payload", stored_json(registration.payload)},
          {"returned_payload", stored_json(registration.returned_payload)},
          {"refusal", text_or_null(registration.refusal)},
          {"failure", text_or_null(registration.failure)},
          {"created_at", base::to_rfc3339(registration.created_at)},
          {"updated_at", base::to_rfc3339(registration.updated_at)}};
}

}  // namespace

json::object to_json(const DeviceRecord& record) {
  const Device& device = record.device;
  json::object object;
  object["id"] = device.id.str();
  object["registration_id"] = device.name.str();
  object["hub_device_id"] = text_or_null(device.hub_device_id);
  object["enrollment"] =
      json::object{{"kind", device.enrollment.is_group ? "group" : "individual"}, {"id", device.enrollment.id}};
  object["registration"] = record.registration ? json::value(to_object(*record.registration)) : json::value(nullptr);
  object["identities"] = to_array(record.identities);
  object["credentials"] = to_array(record.credentials);
  object["placements"] = to_array(record.placements);
  object["ownerships"] = to_array(record.ownerships);
  object["created_at"] = base::to_rfc3339(device.created_at);
  object["updated_at"] = base::to_rfc3339(device.updated_at);
  object["entity_tag"] = entity_tag(device.created_at, device.revision);
  return object;
}

}  // namespace muster::dialect::admin
