#include "crypto/presented_certificate.hpp"

#include <gtest/gtest.h>

#include "crypto/test_certificates.hpp"

namespace muster::crypto {
namespace {

TEST(PresentedCertificate, IsReadFromItsOctets) {
  const auto device = test_certificate("device");
  const PresentedCertificate presented(device.der());
  EXPECT_EQ(*presented.read(), device);
  EXPECT_EQ(presented.der(), device.der());
}

TEST(PresentedCertificate, IsTakenAsItWasParsed) {
  const auto device = test_certificate("device");
  const PresentedCertificate presented(device.native());
  const PresentedCertificate copy = presented;
  EXPECT_EQ(copy.read()->native(), device.native()) << "it was parsed again";
  EXPECT_EQ(copy.der(), device.der());
}

TEST(PresentedCertificate, MayBeAnything) {
  const auto refused = PresentedCertificate(base::to_bytes("x")).read();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::Errc::certificate_malformed);
}

}  // namespace
}  // namespace muster::crypto
