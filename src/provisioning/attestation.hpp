// Who is calling: finds the enrollment that a device's evidence belongs to and has the evidence checked.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "attest/tpm/tpm.hpp"
#include "attest/x509/x509.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "codec/sas_token.hpp"
#include "provisioning/certificate_cache.hpp"
#include "provisioning/store.hpp"
#include "provisioning/vault.hpp"

namespace muster::provisioning {

/// The keys that a device with a TPM shows, as TPM2B_PUBLIC, and what vouches for the first.
struct TpmKeys {
  Bytes endorsement_key;
  Bytes storage_root_key;
  Bytes endorsement_certificate;     ///< DER; empty where the device sent none
  std::vector<Bytes> intermediates;  ///< DER; helpers for the certificate's path
};

/// All that a request brings to prove who it is from.
struct Evidence {
  std::optional<codec::SasToken> token;
  std::optional<TpmKeys> tpm;
  std::vector<Bytes> certificates;  ///< of the TLS client, leaf first, DER; possession of the leaf's key is proven
};

/// The enrollment or the group that evidence was held against.
struct Checked {
  EnrollmentReference enrollment;
  AttestationKind kind;
};

/// A device at the door.
struct Caller {
  Tenant tenant;
  RegistrationId registration_id;
  Evidence evidence;
  std::string address;  ///< numeric
  Transport transport = Transport::https;
  std::string operation_id = {};        ///< of a registration that was put off; empty: it gets a new one
  std::optional<Checked> checked = {};  ///< for whoever explains a refusal: noted as soon as there is one alone
  std::string signing_request = {};     ///< PKCS #10, PEM or base64 of DER; empty: it asks for no certificate
  /// What this attempt was refused for already, and what is written down: the same again is not another refusal.
  std::optional<base::Errc> noted_refusal = {};
  /// A write that names the basis fails where anything of that has changed; without it the rows that decided are kept.
  bool names_basis = false;
  std::shared_ptr<RegistrationBasis> basis = {};  ///< what to judge by; null where nobody judges
  int outdated_bases = 0;                         ///< how many were, while it was judged
  bool has_request = false;                       ///< its request is taken (Pacing)
  bool has_turn = false;                          ///< its turn is taken
};

/// What the evidence proved.
struct Attested {
  EnrollmentReference enrollment;
  /// Of the enrollment that was read; it must still be so when the device is written.
  Revision enrollment_revision = 0;
  TimePoint enrollment_created_at = {};
  EnrollmentTerms terms;
  std::string hub_device_id;                       ///< as the enrollment names it; empty: by the device's own name
  std::optional<TpmKeys> tpm;                      ///< attestation by TPM: the keys that were challenged
  std::optional<crypto::Certificate> certificate;  ///< attestation by X.509: the leaf
  /// The uploaded CA certificate that the enrollment refers to and that the leaf stands on. It must still be so when
  /// the device is written.
  std::optional<CaCertificate> authority = {};
  /// The leaf, where Muster issued it. It must not be revoked before the device is written.
  std::optional<IssuedCertificate> issued = {};
};

/// The device must first prove that it has the TPM whose keys it shows.
struct ChallengeNeeded {
  EnrollmentReference enrollment;
  TpmKeys keys;
};

using AttestationOutcome = std::variant<Attested, ChallengeNeeded>;

/// Finds and checks. Reads the store, writes nothing; the verdicts themselves are pure functions (attest/).
///
/// An individual enrollment with the caller's registration id decides alone. Without one, the groups decide: by the
/// token every group whose derived key signed it, by the certificates the nearest issuer's, by the TPM's keys the first
/// whose vendor roots vouch for them. A certificate that Muster issued and that was revoked proves nothing.
class Attestor {
 public:
  Attestor(Store& store, Vault& vault, const base::Clock& clock) : store_(store), vault_(vault), clock_(clock) {}

  Task<Result<AttestationOutcome>> attest(Caller& caller);

  /// Whether a device that was let in before would still be, as far as that can be told without its evidence; its
  /// enrollment is `attested`'s, as it is now. Gives `attested` with the rows that must still be so when the device is
  /// written. Refuses with
  /// - enrollment_changed: other keys, certificates or references, an individual enrollment that decides instead of the
  ///   group now, a CA certificate that is gone, another one or not verified any more,
  /// - certificate_revoked, endorsement_key_not_allowed.
  Task<Result<Attested>> admit_again(const DeviceRecord& record, Grounds grounds, Attested attested);

  /// Whether this group, asked alone, would take the caller's token or certificates too.
  Task<bool> admits(const Caller& caller, EnrollmentGroup group);

 private:
  Task<Result<AttestationOutcome>> attest_individual(Caller& caller, Enrollment enrollment);
  Task<Result<AttestationOutcome>> attest_group(Caller& caller);
  Task<Result<AttestationOutcome>> attest_by_derived_key(Caller& caller);
  Task<Result<AttestationOutcome>> attest_by_issuer(Caller& caller);
  Task<Result<AttestationOutcome>> attest_by_vendor(Caller& caller);
  /// The challenge that the caller's token answers.
  Task<Result<Challenge>> answered_challenge(const Caller& caller);
  /// `check` holds a primary and a secondary key against the evidence. The secondary is opened where the primary alone
  /// will not do.
  template <class Enrolled, class Check>
  Task<Status> check_keys(const Enrolled& enrolled, const Check& check);
  Task<Status> check_derived_key(const Caller& caller, EnrollmentGroup group);
  /// By a device's own certificates, or by the uploaded CA certificates that the enrollment refers to.
  Task<Status> check_certificates(const Caller& caller, const X509Attestation& enrolled, Attested& attested);
  /// That what a group stands on may let devices in: a reference by a verified CA certificate, a signing certificate,
  /// where the tenant asks for that, by being a verified CA certificate or standing on one. Gives what was referred to.
  Task<Result<std::optional<CaCertificate>>> check_authority(const Caller& caller, const EnrollmentGroup& group,
                                                             const crypto::Certificate& anchor,
                                                             const std::vector<CaCertificate>& uploaded);
  /// Adds the leaf's record, where Muster issued it.
  Task<Status> check_revocation(TenantId tenant, crypto::Certificate leaf, Attested& attested);
  attest::x509::GroupCandidate candidate_of(const EnrollmentGroup& group, const std::vector<CaCertificate>& uploaded);
  /// The verified ones, which stand in for intermediates that a device does not present.
  std::vector<crypto::Certificate> verified(const std::vector<CaCertificate>& uploaded);
  Result<Attested> accept_vendor_key(const EnrollmentGroup& group, const TpmKeys& keys);

  Store& store_;
  Vault& vault_;
  const base::Clock& clock_;
  CertificateCache certificates_;
};

/// What a device's token must be made for.
std::string resource_of(const Caller& caller);

/// Where a challenge's key is sealed.
SecretPlace key_place(const Challenge& challenge);

}  // namespace muster::provisioning
