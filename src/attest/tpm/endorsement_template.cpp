#include "attest/tpm/endorsement_template.hpp"

#include <algorithm>

#include "codec/tpm/endorsement_policy.hpp"

namespace muster::attest::tpm {
namespace {

using base::Bytes;
using base::ByteView;

/// A template, cut where the key's own numbers stand. `unique` holds the sizes of the numbers, each in two octets in
/// front of it.
struct Template {
  Bytes head;
  std::vector<std::size_t> unique;
};

/// TPMT_PUBLIC (TPM 2.0 Library, Part 2, section 12.2.4) up to `unique`.
Bytes head_of(std::initializer_list<std::uint8_t> before_policy, ByteView policy,
              std::initializer_list<std::uint8_t> after_policy) {
  return base::concat({Bytes(before_policy), policy, Bytes(after_policy)});
}

const std::vector<Template>& templates() {
  using codec::tpm::endorsement_policy_high;
  using codec::tpm::endorsement_policy_low;
  static const std::vector<Template> all = {
      // L-1: RSA, SHA-256, attributes 000300b2, AES-128-CFB, no scheme, 2048 bits, exponent 65537.
      {head_of({0x00, 0x01, 0x00, 0x0b, 0x00, 0x03, 0x00, 0xb2, 0x00, 0x20}, endorsement_policy_low,
               {0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00}),
       {256}},
      // L-2: ECC, SHA-256, attributes 000300b2, AES-128-CFB, no scheme, P-256, no key derivation.
      {head_of({0x00, 0x23, 0x00, 0x0b, 0x00, 0x03, 0x00, 0xb2, 0x00, 0x20}, endorsement_policy_low,
               {0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10, 0x00, 0x03, 0x00, 0x10}),
       {32, 32}},
      // H-3: ECC, SHA-384, attributes 000300f2, AES-256-CFB, no scheme, P-384, no key derivation.
      {head_of({0x00, 0x23, 0x00, 0x0c, 0x00, 0x03, 0x00, 0xf2, 0x00, 0x30}, endorsement_policy_high,
               {0x00, 0x06, 0x01, 0x00, 0x00, 0x43, 0x00, 0x10, 0x00, 0x04, 0x00, 0x10}),
       {48, 48}},
  };
  return all;
}

/// Takes a TPM2B of exactly this size off the front.
bool take_sized(ByteView& octets, std::size_t size) {
  if (octets.size() < size + 2 || octets[0] * 256U + octets[1] != size) return false;
  octets = octets.subspan(size + 2);
  return true;
}

bool follows(ByteView area, const Template& wanted) {
  if (area.size() < wanted.head.size() || !std::ranges::equal(area.first(wanted.head.size()), wanted.head))
    return false;
  ByteView rest = area.subspan(wanted.head.size());
  for (const std::size_t size : wanted.unique)
    if (!take_sized(rest, size)) return false;
  return rest.empty();
}

}  // namespace

base::Status check_default_template(base::ByteView ek_tpm2b) {
  const bool is_sized = ek_tpm2b.size() > 2 && ek_tpm2b[0] * 256U + ek_tpm2b[1] == ek_tpm2b.size() - 2;
  const auto matches = [&](const Template& wanted) { return follows(ek_tpm2b.subspan(2), wanted); };
  if (is_sized && std::ranges::any_of(templates(), matches)) return base::Done{};
  return base::Error(base::Errc::tpm_key_unsupported,
                     "the endorsement key does not follow template L-1, L-2 or H-3 of the EK credential profile");
}

}  // namespace muster::attest::tpm
