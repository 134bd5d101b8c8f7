#include "agent/tpm_device.hpp"

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "agent/outcome.hpp"
#include "codec/tpm/activation_blob.hpp"
#include "codec/tpm/endorsement_policy.hpp"

namespace muster::agent {
namespace {

using base::Bytes;
using base::ByteView;

// The handles at which every Azure device SDK looks.
constexpr TPM2_HANDLE storage_root_handle = 0x81000001;
constexpr TPM2_HANDLE identity_handle = 0x81000100;

constexpr std::size_t certificate_nv_size_max = 8 * 1024;
constexpr UINT16 nv_chunk_size = 512;  // every TPM's NV buffer holds this much
constexpr std::size_t hmac_data_size_max = 1024;

constexpr TPMA_OBJECT storage_key_attributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                               TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_RESTRICTED |
                                               TPMA_OBJECT_DECRYPT;

/// One template of the profile and where its key and its certificate live.
struct EndorsementKeyPlace {
  EndorsementKeyKind kind;
  TPM2_HANDLE handle;
  TPM2_HANDLE certificate;
  bool needs_policy;  ///< the L templates have no userWithAuth
};
constexpr EndorsementKeyPlace places[] = {
    {EndorsementKeyKind::rsa2048, 0x81010001, 0x01c00002, true},
    {EndorsementKeyKind::p256, 0x8101000a, 0x01c0000a, true},
    {EndorsementKeyKind::p384, 0x81010016, 0x01c00016, false},
};

const EndorsementKeyPlace& place_of(EndorsementKeyKind kind) {
  return *std::ranges::find(places, kind, &EndorsementKeyPlace::kind);
}

void check(TSS2_RC code, const char* what) {
  if (code != TSS2_RC_SUCCESS) throw Failure(ExitCode::tpm, std::string(what) + ": " + Tss2_RC_Decode(code));
}

void set_rsa2048(TPMT_PUBLIC& area) {
  area.type = TPM2_ALG_RSA;
  area.parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
  area.parameters.rsaDetail.keyBits = 2048;
  area.unique.rsa.size = 256;
}

void set_curve(TPMT_PUBLIC& area, TPM2_ECC_CURVE curve, UINT16 coordinate_size) {
  area.type = TPM2_ALG_ECC;
  area.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
  area.parameters.eccDetail.curveID = curve;
  area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  area.unique.ecc.x.size = coordinate_size;
  area.unique.ecc.y.size = coordinate_size;
}

void set_cipher(TPMT_PUBLIC& area, UINT16 key_bits) {
  TPMT_SYM_DEF_OBJECT& cipher = area.parameters.asymDetail.symmetric;
  cipher.algorithm = TPM2_ALG_AES;
  cipher.keyBits.aes = key_bits;
  cipher.mode.aes = TPM2_ALG_CFB;
}

void set_policy(TPMT_PUBLIC& area, ByteView policy) {
  area.authPolicy.size = static_cast<UINT16>(policy.size());
  std::ranges::copy(policy, area.authPolicy.buffer);
}

TPM2B_PUBLIC endorsement_template(EndorsementKeyKind kind) {
  TPM2B_PUBLIC key{};
  TPMT_PUBLIC& area = key.publicArea;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = storage_key_attributes | TPMA_OBJECT_ADMINWITHPOLICY;
  switch (kind) {
    case EndorsementKeyKind::rsa2048:
      set_rsa2048(area);
      set_cipher(area, 128);
      set_policy(area, codec::tpm::endorsement_policy_low);
      return key;
    case EndorsementKeyKind::p256:
      set_curve(area, TPM2_ECC_NIST_P256, 32);
      set_cipher(area, 128);
      set_policy(area, codec::tpm::endorsement_policy_low);
      return key;
    case EndorsementKeyKind::p384:
      area.nameAlg = TPM2_ALG_SHA384;
      area.objectAttributes |= TPMA_OBJECT_USERWITHAUTH;
      set_curve(area, TPM2_ECC_NIST_P384, 0);  // the H templates have an empty unique field
      set_cipher(area, 256);
      set_policy(area, codec::tpm::endorsement_policy_high);
      return key;
  }
  throw std::logic_error("an endorsement key kind without a template");
}

TPM2B_PUBLIC storage_root_template() {
  TPM2B_PUBLIC key{};
  key.publicArea.nameAlg = TPM2_ALG_SHA256;
  key.publicArea.objectAttributes = storage_key_attributes | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA;
  set_rsa2048(key.publicArea);
  set_cipher(key.publicArea, 128);
  return key;
}

/// What the TSS allocated for us.
template <class Structure>
class Received {
 public:
  Received() = default;
  ~Received() { Esys_Free(structure_); }
  Received(const Received&) = delete;
  Received& operator=(const Received&) = delete;
  Structure** out() { return &structure_; }
  Structure& operator*() { return *structure_; }
  Structure* operator->() { return structure_; }

 private:
  Structure* structure_ = nullptr;
};

/// A session or a transient object: a TPM has room for three of each, so none may stay behind.
class Transient {
 public:
  explicit Transient(ESYS_CONTEXT* context) : context_(context) {}
  ~Transient() {
    if (handle != ESYS_TR_NONE) Esys_FlushContext(context_, handle);
  }
  Transient(const Transient&) = delete;
  Transient& operator=(const Transient&) = delete;
  ESYS_TR handle = ESYS_TR_NONE;

 private:
  ESYS_CONTEXT* context_;
};

/// Reads one TPM2B of a blob that split_activation_blob has cut.
template <class Structure, class Unmarshal>
Structure unmarshal(ByteView octets, Unmarshal function) {
  Structure structure{};
  std::size_t offset = 0;
  if (function(octets.data(), octets.size(), &offset, &structure) != TSS2_RC_SUCCESS || offset != octets.size())
    throw Failure(ExitCode::unexpected_answer, "The service's key blob holds a malformed TPM structure.");
  return structure;
}

/// The certificate at the front of an NV index: some manufacturers define the index longer than the certificate.
std::optional<Bytes> without_padding(Bytes content) {
  constexpr std::size_t header_size = 4;  // SEQUENCE with a length of two octets: 256 to 65535, as every certificate's
  if (content.size() < header_size || content[0] != 0x30 || content[1] != 0x82) return std::nullopt;
  const std::size_t size = header_size + (std::size_t{content[2]} << 8U) + content[3];
  if (size > content.size()) return std::nullopt;
  content.resize(size);
  return content;
}

}  // namespace

class TpmDevice::Session {
 public:
  Session(const std::string& tcti, EndorsementKeyKind kind) : place_(place_of(kind)) {
    // The TSS tells standard error about every refusal; ours come with the exception. A user's own choice stands.
    setenv("TSS2_LOG", "all+none", 0);
    check(Tss2_TctiLdr_Initialize(tcti.empty() ? nullptr : tcti.c_str(), &tcti_), "The TPM cannot be reached");
    try {
      check(Esys_Initialize(&context_, tcti_, nullptr), "The TPM cannot be used");
      ensure_keys(kind);
    } catch (...) {
      close();
      throw;
    }
  }
  ~Session() { close(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const Bytes& endorsement_key() const { return endorsement_key_; }
  const Bytes& storage_root_key() const { return storage_root_key_; }

  std::optional<Bytes> endorsement_certificate() {
    if (!exists(place_.certificate)) return std::nullopt;
    const ESYS_TR index = open(place_.certificate);
    Received<TPM2B_NV_PUBLIC> definition;
    check(Esys_NV_ReadPublic(context_, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, definition.out(), nullptr),
          "Reading the certificate's NV index");
    const TPMS_NV_PUBLIC& nv = definition->nvPublic;
    if (nv.dataSize > certificate_nv_size_max) return std::nullopt;

    const ESYS_TR reader = (nv.attributes & TPMA_NV_AUTHREAD) != 0 ? index : ESYS_TR_RH_OWNER;
    Bytes content;
    while (content.size() < nv.dataSize) {
      const auto offset = static_cast<UINT16>(content.size());
      const auto size = std::min<UINT16>(nv_chunk_size, static_cast<UINT16>(nv.dataSize - offset));
      Received<TPM2B_MAX_NV_BUFFER> chunk;
      check(Esys_NV_Read(context_, reader, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, size, offset,
                         chunk.out()),
            "Reading the certificate from NV");
      if (chunk->size != size) throw Failure(ExitCode::tpm, "The TPM returned a part of the certificate only.");
      content.insert(content.end(), chunk->buffer, chunk->buffer + size);
    }
    return without_padding(std::move(content));
  }

  void import_key(ByteView octets) {
    const auto blob = codec::tpm::split_activation_blob(octets);
    if (!blob) throw Failure(ExitCode::unexpected_answer, "The service's key blob: " + base::to_string(blob.error()));
    const auto public_area = unmarshal<TPM2B_PUBLIC>(blob->public_area, Tss2_MU_TPM2B_PUBLIC_Unmarshal);
    const auto duplicate = unmarshal<TPM2B_PRIVATE>(blob->duplicate, Tss2_MU_TPM2B_PRIVATE_Unmarshal);
    const auto seed = unmarshal<TPM2B_ENCRYPTED_SECRET>(blob->duplicate_seed, Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal);

    TPM2B_DATA inner_key = activate(*blob);
    TPMT_SYM_DEF_OBJECT cipher{};
    cipher.algorithm = TPM2_ALG_AES;
    cipher.keyBits.aes = static_cast<UINT16>(8 * inner_key.size);
    cipher.mode.aes = TPM2_ALG_CFB;
    Received<TPM2B_PRIVATE> wrapped;
    const TSS2_RC imported = Esys_Import(context_, storage_root_, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                         &inner_key, &public_area, &duplicate, &seed, &cipher, wrapped.out());
    base::wipe(inner_key.buffer);
    check(imported, "Importing the key");

    Transient identity(context_);
    check(Esys_Load(context_, storage_root_, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &*wrapped, &public_area,
                    &identity.handle),
          "Loading the key");
    remove_identity();
    identity_ = persist(identity.handle, identity_handle, "Keeping the key");
  }

  Bytes hmac(ByteView data) {
    if (data.size() > hmac_data_size_max) throw std::invalid_argument("too much to sign in one command");
    if (identity_ == ESYS_TR_NONE) throw Failure(ExitCode::tpm, "The TPM holds no key of a service yet.");
    TPM2B_MAX_BUFFER buffer{};
    buffer.size = static_cast<UINT16>(data.size());
    std::ranges::copy(data, buffer.buffer);
    Received<TPM2B_DIGEST> result;
    check(Esys_HMAC(context_, identity_, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &buffer, TPM2_ALG_SHA256,
                    result.out()),
          "Signing");
    return Bytes(result->buffer, result->buffer + result->size);
  }

 private:
  void ensure_keys(EndorsementKeyKind kind) {
    endorsement_ = exists(place_.handle) ? open(place_.handle)
                                         : create(ESYS_TR_RH_ENDORSEMENT, endorsement_template(kind), place_.handle,
                                                  "Making the endorsement key");
    storage_root_ = exists(storage_root_handle) ? open(storage_root_handle)
                                                : create(ESYS_TR_RH_OWNER, storage_root_template(), storage_root_handle,
                                                         "Making the storage root key");
    if (exists(identity_handle)) identity_ = open(identity_handle);
    endorsement_key_ = public_part(endorsement_);
    storage_root_key_ = public_part(storage_root_);
  }

  bool exists(TPM2_HANDLE handle) {
    TPMI_YES_NO more = TPM2_NO;
    Received<TPMS_CAPABILITY_DATA> found;
    check(Esys_GetCapability(context_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES, handle, 1, &more,
                             found.out()),
          "Asking the TPM for its handles");
    const TPML_HANDLE& handles = found->data.handles;
    return handles.count == 1 && handles.handle[0] == handle;
  }

  /// Once for each handle: the TSS remembers the name of what it has opened, and refuses another key in its place.
  ESYS_TR open(TPM2_HANDLE handle) {
    ESYS_TR object = ESYS_TR_NONE;
    check(Esys_TR_FromTPMPublic(context_, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &object),
          "Opening a handle");
    return object;
  }

  ESYS_TR create(ESYS_TR hierarchy, const TPM2B_PUBLIC& key_template, TPM2_HANDLE handle, const char* what) {
    const TPM2B_SENSITIVE_CREATE no_secret{};
    const TPM2B_DATA nothing_outside{};
    const TPML_PCR_SELECTION no_registers{};
    Transient key(context_);
    Received<TPM2B_PUBLIC> made;
    check(
        Esys_CreatePrimary(context_, hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &no_secret, &key_template,
                           &nothing_outside, &no_registers, &key.handle, made.out(), nullptr, nullptr, nullptr),
        what);
    return persist(key.handle, handle, what);
  }

  ESYS_TR persist(ESYS_TR object, TPM2_HANDLE handle, const char* what) {
    ESYS_TR kept = ESYS_TR_NONE;
    check(Esys_EvictControl(context_, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, handle,
                            &kept),
          what);
    return kept;
  }

  void remove_identity() {
    if (identity_ == ESYS_TR_NONE) return;
    ESYS_TR gone = ESYS_TR_NONE;
    check(Esys_EvictControl(context_, ESYS_TR_RH_OWNER, identity_, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                            identity_handle, &gone),
          "Removing the former key");
    identity_ = ESYS_TR_NONE;
  }

  Bytes public_part(ESYS_TR object) {
    Received<TPM2B_PUBLIC> area;
    check(Esys_ReadPublic(context_, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, area.out(), nullptr, nullptr),
          "Reading a public key");
    std::array<std::uint8_t, sizeof(TPM2B_PUBLIC)> octets{};
    std::size_t size = 0;
    check(Tss2_MU_TPM2B_PUBLIC_Marshal(&*area, octets.data(), octets.size(), &size), "Reading a public key");
    return Bytes(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size));
  }

  /// TPM2_ActivateCredential: the TPM releases the inner key only where the storage root key is the one that the
  /// service saw (Part 1, "Credential Protection").
  TPM2B_DATA activate(const codec::tpm::ActivationBlob& blob) {
    const auto id_object = unmarshal<TPM2B_ID_OBJECT>(blob.id_object, Tss2_MU_TPM2B_ID_OBJECT_Unmarshal);
    const auto secret =
        unmarshal<TPM2B_ENCRYPTED_SECRET>(blob.encrypted_secret, Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal);

    Transient session(context_);
    if (place_.needs_policy) start_endorsement_session(session);
    const ESYS_TR authorization = place_.needs_policy ? session.handle : ESYS_TR_PASSWORD;
    Received<TPM2B_DIGEST> opened;
    check(Esys_ActivateCredential(context_, storage_root_, endorsement_, ESYS_TR_PASSWORD, authorization, ESYS_TR_NONE,
                                  &id_object, &secret, opened.out()),
          "Opening the challenge");
    TPM2B_DATA inner_key{};
    inner_key.size = opened->size;
    std::memcpy(inner_key.buffer, opened->buffer, opened->size);
    base::wipe(opened->buffer);
    return inner_key;
  }

  void start_endorsement_session(Transient& session) {
    TPMT_SYM_DEF no_encryption{};
    no_encryption.algorithm = TPM2_ALG_NULL;
    check(Esys_StartAuthSession(context_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr,
                                TPM2_SE_POLICY, &no_encryption, TPM2_ALG_SHA256, &session.handle),
          "Starting a policy session");
    check(Esys_PolicySecret(context_, ESYS_TR_RH_ENDORSEMENT, session.handle, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                            ESYS_TR_NONE, nullptr, nullptr, nullptr, 0, nullptr, nullptr),
          "Fulfilling the endorsement key's policy");
  }

  void close() {
    Esys_Finalize(&context_);
    Tss2_TctiLdr_Finalize(&tcti_);
  }

  const EndorsementKeyPlace& place_;
  TSS2_TCTI_CONTEXT* tcti_ = nullptr;
  ESYS_CONTEXT* context_ = nullptr;
  ESYS_TR endorsement_ = ESYS_TR_NONE;
  ESYS_TR storage_root_ = ESYS_TR_NONE;
  ESYS_TR identity_ = ESYS_TR_NONE;
  Bytes endorsement_key_;
  Bytes storage_root_key_;
};

TpmDevice::TpmDevice(const std::string& tcti, EndorsementKeyKind kind)
    : session_(std::make_unique<Session>(tcti, kind)) {}

TpmDevice::~TpmDevice() = default;

const Bytes& TpmDevice::endorsement_key() const { return session_->endorsement_key(); }

const Bytes& TpmDevice::storage_root_key() const { return session_->storage_root_key(); }

std::optional<Bytes> TpmDevice::endorsement_certificate() { return session_->endorsement_certificate(); }

void TpmDevice::import_key(ByteView activation_blob) { session_->import_key(activation_blob); }

Bytes TpmDevice::hmac(ByteView data) { return session_->hmac(data); }

std::optional<TpmIdentity> TpmDeviceKey::tpm_identity() {
  TpmIdentity identity;
  identity.endorsement_key = tpm_.endorsement_key();
  identity.storage_root_key = tpm_.storage_root_key();
  if (send_certificate_) {
    identity.endorsement_key_certificate = tpm_.endorsement_certificate();
    if (!identity.endorsement_key_certificate)
      throw Failure(ExitCode::tpm, "The TPM has no certificate for this endorsement key.");
    identity.endorsement_key_intermediates = intermediates_;
  }
  return identity;
}

void TpmDeviceKey::import_key(ByteView activation_blob) { tpm_.import_key(activation_blob); }

std::optional<Bytes> TpmDeviceKey::sign(ByteView data) { return tpm_.hmac(data); }

}  // namespace muster::agent
