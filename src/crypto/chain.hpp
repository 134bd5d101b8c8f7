// Certification paths (RFC 5280 section 6).
#pragma once

#include <span>
#include <vector>

#include "crypto/certificate.hpp"

namespace muster::crypto {

/// Certificates that a peer may offer for building one path.
inline constexpr std::size_t untrusted_count_max = 512;

struct PathRules {
  /// Endorsement certificates are never issued again, so that they outlive the authorities between them and the root.
  /// What is not valid yet is refused all the same, and so is an expired leaf.
  bool ignore_expired_intermediates = false;
  /// Compares authorityKeyIdentifier's key id only: Infineon's older TPM intermediates name the serial number of an
  /// earlier issue of their root.
  bool ignore_authority_serial = false;
  /// Refuses signatures made with SHA-1 and keys below 112 bits of strength.
  bool refuse_weak_algorithms = false;
  /// Certificates between the leaf and the anchor.
  std::size_t depth_max = 6;
};

/// The path leaf, intermediates, anchor; the leaf alone where it is an anchor itself. Signatures, dates, basic
/// constraints, path lengths, name constraints and critical extensions are checked; key usages beyond signing
/// certificates, and revocation, are not. An anchor is trusted as it stands, self-signed or not, but must be valid at
/// `now`. An intermediate must be a certificate authority by basicConstraints (a version 1 certificate is none).
///
/// Refuses with too_many_items, certificate_expired, certificate_authority_unknown (no path to an anchor) or
/// certificate_chain_invalid; the detail names the certificate and the reason.
base::Result<std::vector<Certificate>> build_path(const Certificate& leaf, std::span<const Certificate> untrusted,
                                                  std::span<const Certificate> anchors, base::TimePoint now,
                                                  PathRules rules = {});

}  // namespace muster::crypto
