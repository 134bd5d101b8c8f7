#include "provisioning/access.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "provisioning/names.hpp"
#include "source_directory.hpp"

namespace muster::provisioning {
namespace {

using base::TenantId;

constexpr Role all_roles[] = {Role::platform, Role::operator_, Role::auditor, Role::factory, Role::installer};

Principal principal(Role role, const char* tenant, const char* scope = "") {
  Principal made;
  made.tenant = TenantId(tenant);
  made.role = role;
  made.scope = scope;
  return made;
}

TEST(Access, GivesAnAuditorNothingThatChangesOrRevealsKeys) {
  for (std::size_t i = 0; i < action_count; ++i) {
    const auto action = static_cast<Action>(i);
    const bool reads = name_of(action).starts_with("read_") && !name_of(action).ends_with("_keys");
    EXPECT_EQ(permits(Role::auditor, action), reads) << name_of(action);
  }
}

TEST(Access, GivesAdministratorsEverythingButOperatorsTheTenantsThemselves) {
  for (std::size_t i = 0; i < action_count; ++i) {
    EXPECT_TRUE(permits(Role::platform, static_cast<Action>(i)));
    EXPECT_EQ(permits(Role::operator_, static_cast<Action>(i)), static_cast<Action>(i) != Action::change_tenants);
  }
}

TEST(Access, LetsOnlyThePlatformIntoOtherTenants) {
  for (const Role role : all_roles) {
    EXPECT_TRUE(authorize(principal(role, "a"), Action::read_status, TenantId("a")));
    EXPECT_EQ(static_cast<bool>(authorize(principal(role, "a"), Action::read_status, TenantId("b"))),
              role == Role::platform);
  }
}

TEST(Access, ConfinesAScopeToItsGroup) {
  const Principal scoped = principal(Role::operator_, "a", "line-3");
  EXPECT_TRUE(check_scope(scoped, "line-3"));
  EXPECT_FALSE(check_scope(scoped, "line-4"));
  EXPECT_FALSE(check_scope(scoped, std::nullopt));
  EXPECT_TRUE(check_scope(principal(Role::operator_, "a"), std::nullopt));
}

/// Every action's line in docs/reference/roles.md says what the table says: a "yes" or a "-" for each role.
TEST(Access, IsDocumentedAsItIs) {
  std::ifstream file(MUSTER_SOURCE_DIR "/docs/reference/roles.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (std::size_t i = 0; i < action_count; ++i) {
    const auto action = static_cast<Action>(i);
    std::string line = "| `" + std::string(name_of(action)) + "` |";
    for (const Role role : all_roles) line += permits(role, action) ? " yes |" : " - |";
    EXPECT_NE(page.find(line), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace muster::provisioning
