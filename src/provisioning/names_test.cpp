#include "provisioning/names.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace muster::provisioning {
namespace {

/// Reads every enumerator's own name back, and refuses what is no enumerator.
template <class T>
void expect_names(T last) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const T value = static_cast<T>(i);
    EXPECT_EQ(from_name<T>(name_of(value)), value) << name_of(value);
  }
  EXPECT_THROW(name_of(static_cast<T>(static_cast<int>(last) + 1)), std::logic_error) << "there is one more now";
  EXPECT_FALSE(from_name<T>(""));
  EXPECT_FALSE(from_name<T>("Hashed"));
}

TEST(Names, AreReadBack) {
  expect_names(AllocationPolicy::custom);
  expect_names(AttestationKind::tpm_vendor);
  expect_names(OverlapState::revoked);
  expect_names(IdentityKind::device_certificate);
  expect_names(CredentialKind::certificate_thumbprint);
  expect_names(RegistrationStatus::disabled);
  expect_names(RegistrationSubstatus::reprovisioned_to_initial_assignment);
  expect_names(HubKind::external);
  expect_names(Role::installer);
  expect_names(AuthorityKind::audit_signing);
  expect_names(CertificatePurpose::device);
}

TEST(Names, OfRightsAreReadBack) {
  for (const auto right : {ServiceRight::service_config, ServiceRight::enrollment_read, ServiceRight::enrollment_write,
                           ServiceRight::registration_read, ServiceRight::registration_write})
    EXPECT_EQ(from_name<ServiceRight>(name_of(right)), right);
}

}  // namespace
}  // namespace muster::provisioning
