#include "ca/revocation.hpp"

#include <stdexcept>

#include "crypto/der.hpp"

namespace muster::ca {
namespace {

namespace der = crypto::der;
using base::Bytes;
using base::ByteView;
using base::Result;
using crypto::Certificate;

constexpr std::uint64_t version_2 = 1;

Bytes sequence(std::initializer_list<ByteView> parts) { return der::value(der::Tag::sequence, parts); }

Bytes ecdsa_with_sha256() { return sequence({der::object_identifier("1.2.840.10045.4.3.2")}); }

Bytes extension(std::string_view object_identifier, ByteView contents) {
  return sequence({der::object_identifier(object_identifier), der::value(der::Tag::octet_string, {contents})});
}

Bytes joined(const std::vector<Bytes>& parts) {
  std::size_t size = 0;
  for (const auto& part : parts) size += part.size();
  Bytes all;
  all.reserve(size);
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes serial_octets(const std::string& serial) {
  auto octets = base::from_hex(serial);
  if (!octets) throw std::invalid_argument("not a serial number: " + serial);
  return *std::move(octets);
}

Bytes entry(const RevokedSerial& revoked) {
  // RFC 5280 section 5.3.1: the reason "unspecified" is left out.
  const Bytes reason = revoked.revocation.reason == 0
                           ? Bytes()
                           : sequence({extension("2.5.29.21", der::enumerated(revoked.revocation.reason))});
  return sequence({der::integer(serial_octets(revoked.serial)), der::time(revoked.revocation.at), reason});
}

Bytes to_be_signed(const RevocationList& list, const Certificate& issuer) {
  std::vector<Bytes> entries;
  entries.reserve(list.revoked.size());
  for (const auto& revoked : list.revoked) entries.push_back(entry(revoked));
  // RFC 5280 section 5.1.2.6: absent where there are none.
  const Bytes revoked = entries.empty() ? Bytes() : sequence({joined(entries)});
  const auto key_id = issuer.subject_key_id();
  const Bytes authority = key_id ? extension("2.5.29.35", sequence({der::primitive(0, *key_id)})) : Bytes();
  const Bytes number = extension("2.5.29.20", der::integer(list.number));
  return sequence({der::integer(version_2), ecdsa_with_sha256(), issuer.subject_der(), der::time(list.this_update),
                   der::time(list.next_update), revoked, der::constructed(0, sequence({authority, number}))});
}

Bytes status_of(const CertificateStatus& status) {
  switch (status.state) {
    case CertificateState::good:
      return der::primitive(0, {});
    case CertificateState::revoked: {
      const Bytes at = der::generalized_time(status.revocation->at);
      const Bytes reason =
          status.revocation->reason == 0 ? Bytes() : der::constructed(0, der::enumerated(status.revocation->reason));
      return der::constructed(1, base::concat({at, reason}));
    }
    case CertificateState::unknown:
      return der::primitive(2, {});
  }
  throw std::logic_error("unknown certificate state");
}

Bytes response_data(const OcspAnswer& answer, const Certificate& issuer) {
  std::vector<Bytes> responses;
  for (const auto& status : answer.statuses)
    responses.push_back(sequence({status.id, status_of(status), der::generalized_time(answer.now),
                                  der::constructed(0, der::generalized_time(answer.next_update))}));
  const Bytes extensions =
      answer.nonce ? der::constructed(1, sequence({extension("1.3.6.1.5.5.7.48.1.2", *answer.nonce)})) : Bytes();
  return sequence({der::constructed(1, issuer.subject_der()), der::generalized_time(answer.now),
                   sequence({joined(responses)}), extensions});
}

}  // namespace

base::Task<Result<Bytes>> sign_list(crypto::Signer& signer, std::string key_id, Certificate issuer,
                                    RevocationList list) {
  const Bytes unsigned_part = to_be_signed(list, issuer);
  const auto signature = co_await signer.sign(std::move(key_id), unsigned_part);
  if (!signature) co_return signature.error();
  co_return sequence({unsigned_part, ecdsa_with_sha256(), der::bit_string(*signature)});
}

base::Task<Result<Bytes>> sign_ocsp_answer(crypto::Signer& signer, std::string key_id, Certificate issuer,
                                           OcspAnswer answer) {
  constexpr std::uint8_t successful = 0;
  const Bytes data = response_data(answer, issuer);
  const auto signature = co_await signer.sign(std::move(key_id), data);
  if (!signature) co_return signature.error();
  const Bytes basic = sequence({data, ecdsa_with_sha256(), der::bit_string(*signature)});
  const Bytes octets = der::value(der::Tag::octet_string, {basic});
  const Bytes response = sequence({der::object_identifier("1.3.6.1.5.5.7.48.1.1"), octets});
  co_return sequence({der::enumerated(successful), der::constructed(0, response)});
}

Bytes ocsp_refusal(OcspRefusal refusal) { return sequence({der::enumerated(static_cast<std::uint8_t>(refusal))}); }

}  // namespace muster::ca
