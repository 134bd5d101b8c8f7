#include "server/configuration.hpp"

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <sstream>

#include "base/ip_network.hpp"
#include "ca/certificate_builder.hpp"

namespace muster::server {
namespace {

/// What is wrong with one value: nothing, or the rest of the sentence "KEY …".
using Complaint = std::string;
using Setter = std::function<Complaint(const toml::node&)>;

Setter into(bool& place) {
  return [&place](const toml::node& node) -> Complaint {
    const auto value = node.value_exact<bool>();
    if (!value) return "must be true or false";
    place = *value;
    return {};
  };
}

template <class Number>
Setter into(Number& place, std::int64_t min, std::int64_t max) {
  return [&place, min, max](const toml::node& node) -> Complaint {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < min || *value > max)
      return "must be a number from " + std::to_string(min) + " to " + std::to_string(max);
    place = static_cast<Number>(*value);
    return {};
  };
}

Setter into(std::string& place) {
  return [&place](const toml::node& node) -> Complaint {
    const auto value = node.value_exact<std::string>();
    if (!value) return "must be a text";
    place = *value;
    return {};
  };
}

Setter into(std::optional<double>& place, double min, double max) {
  return [&place, min, max](const toml::node& node) -> Complaint {
    // "52" is meant as much as "52.0".
    const auto value = node.value<double>();
    if (!node.is_number() || !value || !(*value >= min && *value <= max))
      return "must be a number from " + std::to_string(static_cast<int>(min)) + " to " +
             std::to_string(static_cast<int>(max));
    place = *value;
    return {};
  };
}

Setter into(std::vector<std::string>& place) {
  return [&place](const toml::node& node) -> Complaint {
    const auto* list = node.as_array();
    if (list == nullptr) return "must be a list of texts";
    std::vector<std::string> texts;
    for (const auto& element : *list) {
      const auto text = element.value_exact<std::string>();
      if (!text) return "must be a list of texts";
      texts.push_back(*text);
    }
    place = std::move(texts);
    return {};
  };
}

constexpr std::int64_t hour = 3600;
constexpr std::size_t hosts_max = 100;
constexpr std::size_t url_size_max = 200;

/// The keys by their full names. The one place that says what muster.toml may hold.
std::map<std::string, Setter> keys_of(Configuration& c) {
  std::map<std::string, Setter> keys = {
      {"hosts", into(c.hosts)},
      {"threads", into(c.threads, 0, 256)},
      {"drain_seconds", into(c.drain_seconds, 0, hour)},
      {"connections.ask_for_client_certificates", into(c.connections.ask_for_client_certificates)},
      {"connections.do_not_ask_names", into(c.connections.do_not_ask_names)},
      {"connections.ask_names", into(c.connections.ask_names)},
      {"connections.proxies", into(c.connections.proxies)},
      {"connections.max", into(c.connections.max, 1, 1000000)},
      {"connections.handshake_seconds", into(c.connections.handshake_seconds, 1, hour)},
      {"https.request_seconds", into(c.https.request_seconds, 1, hour)},
      {"https.idle_seconds", into(c.https.idle_seconds, 1, hour)},
      {"azure.answer_at_once", into(c.azure.answer_at_once)},
      {"azure.retry_after_seconds", into(c.azure.retry_after_seconds, 1, hour)},
      {"webhook.timeout_seconds", into(c.webhook.timeout_seconds, 1, 60)},
      {"webhook.wait_seconds", into(c.webhook.wait_seconds, 0, 15)},
      {"webhook.attempts_max", into(c.webhook.attempts_max, 1, 10)},
      {"webhook.allow_http", into(c.webhook.allow_http)},
      {"webhook.ca_file", into(c.webhook.ca_file)},
      {"geo.database", into(c.geo.database)},
      {"geo.latitude", into(c.geo.latitude, -90, 90)},
      {"geo.longitude", into(c.geo.longitude, -180, 180)},
      {"pki.public_url", into(c.pki.public_url)},
      {"pki.http_bind", into(c.pki.http_bind)},
      {"pki.http_port", into(c.pki.http_port, 0, 65535)},
      {"log.format", into(c.log.format)},
      {"log.level", into(c.log.level)},
      {"audit.checkpoint_minutes", into(c.audit.checkpoint_minutes, 1, 1440)},
  };
  const std::pair<std::string, Port*> ports[] = {{"https", &c.https}, {"mqtt", &c.mqtt}, {"amqp", &c.amqp}};
  for (const auto& [name, port] : ports) {
    keys.emplace(name + ".enabled", into(port->enabled));
    keys.emplace(name + ".bind", into(port->bind));
    keys.emplace(name + ".port", into(port->port, 1, 65535));
  }
  return keys;
}

/// Keys of [connections] that stood in [https] when that was the only port, and may still.
const std::string& current_name(const std::string& key) {
  static const std::map<std::string, std::string> current = {
      {"https.ask_for_client_certificates", "connections.ask_for_client_certificates"},
      {"https.do_not_ask_names", "connections.do_not_ask_names"},
      {"https.ask_names", "connections.ask_names"},
      {"https.proxies", "connections.proxies"},
      {"https.connections_max", "connections.max"},
      {"https.handshake_seconds", "connections.handshake_seconds"},
  };
  const auto found = current.find(key);
  return found == current.end() ? key : found->second;
}

/// The line of each key that a file sets.
using Lines = std::map<std::string, std::uint32_t>;

/// A key whose value cannot be used, and the rest of the sentence.
struct Fault {
  std::string key;
  std::string what;
};

[[noreturn]] void refuse(const std::string& where, const std::string& key, const std::string& what) {
  throw ConfigurationError(where + ": " + key + " " + what);
}

void read_table(const toml::table& table, const std::string& prefix, const std::map<std::string, Setter>& keys,
                const std::string& file, Lines& lines) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const std::string where = file + ":" + std::to_string(node.source().begin.line);
    if (const auto* inner = node.as_table()) {
      const bool is_known =
          std::any_of(keys.begin(), keys.end(), [&](const auto& entry) { return entry.first.starts_with(key + "."); });
      if (!is_known) refuse(where, key, "is not a table that Muster knows");
      read_table(*inner, key + ".", keys, file, lines);
      continue;
    }
    const auto setter = keys.find(current_name(key));
    if (setter == keys.end()) refuse(where, key, "is not a key that Muster knows");
    if (const Complaint complaint = setter->second(node); !complaint.empty()) refuse(where, key, complaint);
    if (!lines.emplace(setter->first, node.source().begin.line).second)
      refuse(where, key, "is set twice: its name is " + setter->first + " now");
  }
}

/// An address that certificates can hold; empty is one too.
bool is_public_url(const std::string& url) {
  const bool has_scheme = url.starts_with("http://") || url.starts_with("https://");
  const bool is_plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return url.empty() || (has_scheme && is_plain && !url.ends_with('/') && url.size() <= url_size_max);
}

/// What the types and ranges of the keys do not say.
std::optional<Fault> find_fault(const Configuration& c) {
  if (c.hosts.empty() || c.hosts.size() > hosts_max) return Fault{"hosts", "needs 1 to 100 names"};
  for (const auto& host : c.hosts)
    if (!ca::is_host_name(host) && !ca::ip_octets(host))
      return Fault{"hosts", "holds \"" + host + "\", neither name nor address"};
  for (const auto& [name, port] : ports_of(c))
    if (!base::IpAddress::parse(port->bind)) return Fault{std::string(name) + ".bind", "must be a numeric address"};
  if (!c.https.enabled && !c.mqtt.enabled && !c.amqp.enabled)
    return Fault{"https.enabled", "must be true where no other port is enabled"};
  for (const auto& network : c.connections.proxies)
    if (!base::Network::parse(network)) return Fault{"connections.proxies", "holds \"" + network + "\", no network"};
  if (c.geo.latitude.has_value() != c.geo.longitude.has_value())
    return Fault{c.geo.latitude ? "geo.latitude" : "geo.longitude", "needs the other one of latitude and longitude"};
  if (!is_public_url(c.pki.public_url))
    return Fault{"pki.public_url", "must begin with http:// or https:// and end without a slash"};
  if (!base::IpAddress::parse(c.pki.http_bind)) return Fault{"pki.http_bind", "must be a numeric address"};
  if (c.log.format != "plain" && c.log.format != "json") return Fault{"log.format", "must be plain or json"};
  const std::string levels[] = {"debug", "info", "warning", "error"};
  if (std::find(std::begin(levels), std::end(levels), c.log.level) == std::end(levels))
    return Fault{"log.level", "must be debug, info, warning or error"};
  return std::nullopt;
}

}  // namespace

std::array<NamedPort, 3> ports_of(const Configuration& configuration) {
  return {{{"https", &configuration.https}, {"mqtt", &configuration.mqtt}, {"amqp", &configuration.amqp}}};
}

Configuration read_configuration(const std::filesystem::path& file) {
  Configuration configuration;
  Lines lines;
  try {
    const toml::table table = toml::parse_file(file.string());
    read_table(table, "", keys_of(configuration), file.string(), lines);
  } catch (const toml::parse_error& error) {
    throw ConfigurationError(file.string() + ":" + std::to_string(error.source().begin.line) + ": " +
                             std::string(error.description()));
  }
  // The defaults have no fault, so the key is one that the file sets.
  if (const auto fault = find_fault(configuration))
    refuse(file.string() + ":" + std::to_string(lines.at(fault->key)), fault->key, fault->what);
  return configuration;
}

void check_configuration(const Configuration& configuration) {
  if (const auto fault = find_fault(configuration)) throw ConfigurationError(fault->key + " " + fault->what);
}

std::string first_host(const Configuration& configuration) {
  const std::string& host = configuration.hosts.front();
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string service_host(const Configuration& configuration) {
  constexpr std::uint16_t https = 443;
  const std::uint16_t port = configuration.https.port;
  return port == https ? first_host(configuration) : first_host(configuration) + ":" + std::to_string(port);
}

std::string initial_configuration(const Configuration& configuration) {
  toml::array hosts;
  for (const auto& host : configuration.hosts) hosts.push_back(host);
  std::ostringstream text;
  text << "# Muster's configuration. Every key is described in docs/reference/configuration.md; what is not set here\n"
          "# has its default, and the command line goes first.\n\n"
          "# Names and addresses that the server certificate is made for. Devices are told the first one.\n"
       << "hosts = " << hosts << "\n";
  const Configuration defaults;
  const auto usual = ports_of(defaults);
  const auto wanted = ports_of(configuration);
  for (std::size_t i = 0; i < usual.size(); ++i) {
    const auto& [name, port] = wanted[i];
    // Port 0, any that is free, is for one run only.
    if (port->port != 0 && port->port != usual[i].port->port)
      text << "\n[" << name << "]\nport = " << port->port << "\n";
  }
  return text.str();
}

}  // namespace muster::server
