#include "provisioning/ip_filter.hpp"

#include <algorithm>
#include <set>

#include "base/bytes.hpp"
#include "base/ip_network.hpp"

namespace muster::provisioning {
namespace {

using base::Done;
using base::Errc;
using base::Error;

Error invalid(std::string detail) { return Error(Errc::invalid_argument, std::move(detail)); }

bool is_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._: ").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= ip_rule_name_size_max && std::ranges::all_of(text, allowed);
}

}  // namespace

base::Status check_ip_rules(const std::vector<IpRule>& rules) {
  if (rules.size() > ip_rules_max) return invalid("an IP filter has 100 rules at most");
  std::set<std::string> names;
  for (const auto& rule : rules) {
    if (!is_name(rule.name)) return invalid("an IP rule's name has 1 to 128 letters, digits, spaces and - . _ :");
    if (!names.insert(base::to_lower(rule.name)).second) return invalid("two IP rules have the name " + rule.name);
    if (!base::Network::parse(rule.network))
      return invalid("the IP rule " + rule.name +
                     " names neither an address nor a network such as 192.0.2.0/24 without bits behind its prefix");
  }
  return Done{};
}

base::Status check_address(const Tenant& tenant, std::string_view address, IpTarget target) {
  if (tenant.ip_rules.empty()) return Done{};
  const auto parsed = base::IpAddress::parse(address);
  for (const auto& rule : tenant.ip_rules) {
    if (rule.target != IpTarget::all && rule.target != target) continue;
    const bool rejects = rule.action == IpAction::reject;
    const auto network = base::Network::parse(rule.network);
    const bool fits = parsed && network ? network->contains(*parsed) : rejects;
    if (!fits) continue;
    if (!rejects) return Done{};
    return Error(Errc::address_not_allowed, "the IP rule " + rule.name + " rejects " + std::string(address));
  }
  return Done{};
}

}  // namespace muster::provisioning
