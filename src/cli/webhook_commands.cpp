// `webhook …`.
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cli/commands.hpp"
#include "cli/input.hpp"

namespace muster::cli {

namespace json = boost::json;

void show_webhook_key(Session& session) { session.output.object(session.api.get("webhook/key")); }

void regenerate_webhook_key(Session& session) {
  session.output.object(session.api.post("webhook/key", json::object{}));
  session.output.sentence("The old key is gone: the next call of a webhook is signed with this one.");
}

void test_webhook(Session& session, const WebhookTestOptions& options) {
  json::object wanted;
  if (!options.url.empty()) wanted["url"] = options.url;
  if (!options.group.empty()) wanted["group"] = options.group;
  if (!options.enrollment.empty()) wanted["enrollment"] = options.enrollment;
  wanted["registration_id"] = options.registration_id;
  if (!options.payload.empty()) wanted["payload"] = json_of(options.payload);
  session.output.object(session.api.post("webhook/test", wanted));
}

}  // namespace muster::cli
