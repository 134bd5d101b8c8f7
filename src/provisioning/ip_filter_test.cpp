#include "provisioning/ip_filter.hpp"

#include <gtest/gtest.h>

namespace muster::provisioning {
namespace {

IpRule rule(std::string name, IpAction action, std::string network, IpTarget target = IpTarget::all) {
  return {.name = std::move(name), .action = action, .network = std::move(network), .target = target};
}

bool admits(const std::vector<IpRule>& rules, std::string_view address, IpTarget target) {
  Tenant tenant;
  tenant.ip_rules = rules;
  const auto allowed = check_address(tenant, address, target);
  if (!allowed) {
    EXPECT_EQ(allowed.error().code(), base::Errc::address_not_allowed);
  }
  return static_cast<bool>(allowed);
}

TEST(IpFilter, LetsEverybodyInWhereNoRuleFits) {
  EXPECT_TRUE(admits({}, "203.0.113.9", IpTarget::device_api));
  EXPECT_TRUE(admits({rule("a", IpAction::reject, "192.0.2.0/24")}, "203.0.113.9", IpTarget::device_api));
}

TEST(IpFilter, LetsTheFirstRuleThatFitsDecide) {
  const std::vector<IpRule> rules = {rule("office", IpAction::accept, "192.0.2.7"),
                                     rule("net", IpAction::reject, "192.0.2.0/24"),
                                     rule("late", IpAction::accept, "192.0.2.8")};
  EXPECT_TRUE(admits(rules, "192.0.2.7", IpTarget::device_api));
  EXPECT_FALSE(admits(rules, "192.0.2.8", IpTarget::device_api));
  EXPECT_FALSE(admits(rules, "::ffff:192.0.2.8", IpTarget::device_api)) << "the same address on a dual-stack socket";
  EXPECT_TRUE(admits(rules, "198.51.100.1", IpTarget::device_api));
}

TEST(IpFilter, PassesOverRulesForTheOtherSide) {
  const std::vector<IpRule> rules = {rule("s", IpAction::reject, "0.0.0.0/0", IpTarget::service_api),
                                     rule("d", IpAction::reject, "2001:db8::/32", IpTarget::device_api)};
  EXPECT_FALSE(admits(rules, "192.0.2.8", IpTarget::service_api));
  EXPECT_TRUE(admits(rules, "192.0.2.8", IpTarget::device_api));
  EXPECT_TRUE(admits(rules, "2001:db8::1", IpTarget::service_api));
  EXPECT_FALSE(admits(rules, "2001:db8::1", IpTarget::device_api));
}

TEST(IpFilter, TrustsNoAddressThatIsNone) {
  EXPECT_FALSE(admits({rule("a", IpAction::reject, "192.0.2.0/24")}, "", IpTarget::device_api));
  EXPECT_FALSE(admits({rule("a", IpAction::accept, "0.0.0.0/0"), rule("b", IpAction::reject, "::/0")}, "nonsense",
                      IpTarget::device_api));
}

TEST(IpFilter, NamesTheRuleThatRejects) {
  Tenant tenant;
  tenant.ip_rules = {rule("others", IpAction::reject, "0.0.0.0/0")};
  EXPECT_EQ(check_address(tenant, "192.0.2.8", IpTarget::device_api).error().detail(),
            "the IP rule others rejects 192.0.2.8");
}

TEST(IpFilter, RefusesRulesThatCouldNeverWork) {
  const std::vector<IpRule> good = {rule("office 1", IpAction::accept, "192.0.2.0/24"),
                                    rule("v6", IpAction::reject, "2001:db8::/32"),
                                    rule("one", IpAction::reject, "192.0.2.1")};
  EXPECT_TRUE(check_ip_rules(good));
  EXPECT_TRUE(check_ip_rules({}));
  for (const auto& bad : {rule("", IpAction::accept, "192.0.2.0/24"), rule("a\nb", IpAction::accept, "192.0.2.0/24"),
                          rule(std::string(129, 'a'), IpAction::accept, "192.0.2.0/24"),
                          rule("OFFICE 1", IpAction::accept, "192.0.2.0/24"), rule("a", IpAction::accept, ""),
                          rule("a", IpAction::accept, "192.0.2.1/24"), rule("a", IpAction::accept, "192.0.2.0/33"),
                          rule("a", IpAction::accept, "example.com")}) {
    std::vector<IpRule> rules = good;
    rules.push_back(bad);
    const auto checked = check_ip_rules(rules);
    ASSERT_FALSE(checked) << bad.name << ' ' << bad.network;
    EXPECT_EQ(checked.error().code(), base::Errc::invalid_argument);
  }
}

TEST(IpFilter, HoldsAHundredRules) {
  std::vector<IpRule> rules;
  for (int i = 0; i < 100; ++i) rules.push_back(rule("r" + std::to_string(i), IpAction::accept, "192.0.2.1"));
  EXPECT_TRUE(check_ip_rules(rules));
  rules.push_back(rule("one more", IpAction::accept, "192.0.2.1"));
  EXPECT_FALSE(check_ip_rules(rules));
}

}  // namespace
}  // namespace muster::provisioning
