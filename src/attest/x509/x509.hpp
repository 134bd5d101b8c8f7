// Attestation by an X.509 client certificate, as Azure DPS defines it ("X.509 certificate attestation" in Microsoft's
// documentation of the Device Provisioning Service).
//
// Pure functions of values. That the device has the certificate's private key is the TLS handshake's proof and must
// have been established before.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "crypto/certificate.hpp"

namespace muster::attest::x509 {

/// Certificates that a device may present beside its own.
inline constexpr std::size_t presented_chain_max = 10;

/// The device's own certificate. Refuses with certificate_missing where there are no octets, else with
/// certificate_malformed.
base::Result<crypto::Certificate> parse_leaf(base::ByteView der);

/// The certificates of an individual enrollment.
struct Enrolled {
  std::optional<crypto::Certificate> primary;
  std::optional<crypto::Certificate> secondary;
};

/// Accepts a device whose certificate is the primary or the secondary one of its enrollment, octet by octet. Whoever
/// enrolled it vouches for it, so it needs no authority. Refuses with
/// - certificate_chain_invalid: more than `presented_chain_max` certificates in the chain,
/// - certificate_name_mismatch: the common name is not the registration id, compared without regard to case,
/// - certificate_not_enrolled: neither of the two,
/// - certificate_expired: not valid at `now`.
base::Status check_individual(const crypto::Certificate& leaf, std::span<const crypto::Certificate> chain,
                              const Enrolled& enrolled, const base::RegistrationId& id, base::TimePoint now);

/// Accepts a device whose certificate was issued by the primary or the secondary authority of its enrollment, directly
/// or through certificates that the device presents or that are stored. Returns the authority's certificate. Refuses
/// with
/// - certificate_chain_invalid, certificate_name_mismatch, certificate_expired: as `find_group` does,
/// - certificate_authority_unknown: neither of the two is an issuer on the way.
base::Result<crypto::Certificate> check_issued(const crypto::Certificate& leaf,
                                               std::span<const crypto::Certificate> presented,
                                               std::span<const crypto::Certificate> stored, const Enrolled& authorities,
                                               const base::RegistrationId& id, base::TimePoint now);

/// One enrollment group that the device might belong to.
struct GroupCandidate {
  base::GroupId id;
  std::optional<crypto::Certificate> primary;
  std::optional<crypto::Certificate> secondary;
  bool disabled = false;
};

struct GroupMatch {
  std::size_t index;                      ///< into the candidates
  std::vector<crypto::Certificate> path;  ///< leaf first, the group's certificate last
};

/// The group whose certificate issued the leaf or, going up through the presented chain, the nearest issuer of it. What
/// the chain lacks is taken from the `stored` certificates, which are the operator's and trusted no more than presented
/// ones. The chain's order does not matter, and whether it contains the group's certificate does not either. The
/// nearest match decides even where its group is disabled or the path turns out invalid: a group higher up does not
/// take over. A group's certificate is an anchor, whether it is a root or an intermediate. Refuses with
/// - certificate_chain_invalid: more than `presented_chain_max` certificates, a signature that is not the named
///   issuer's, or a path that breaks a rule of RFC 5280,
/// - certificate_name_mismatch: the common name is not the registration id, compared without regard to case,
/// - certificate_authority_unknown: no group has the certificate of any issuer on the way,
/// - certificate_expired: a certificate of the path is not valid at `now`,
/// - enrollment_disabled: the group is.
base::Result<GroupMatch> find_group(const crypto::Certificate& leaf, std::span<const crypto::Certificate> presented,
                                    std::span<const crypto::Certificate> stored,
                                    std::span<const GroupCandidate> candidates, const base::RegistrationId& id,
                                    base::TimePoint now);

/// Which group `find_group` decides by, whatever it decides; nothing where there is none, or where too many
/// certificates were presented to look.
std::optional<std::size_t> nearest_group(const crypto::Certificate& leaf,
                                         std::span<const crypto::Certificate> presented,
                                         std::span<const crypto::Certificate> stored,
                                         std::span<const GroupCandidate> candidates);

}  // namespace muster::attest::x509
