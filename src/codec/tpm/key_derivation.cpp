#include "codec/tpm/key_derivation.hpp"

#include <span>

#include "codec/tpm/marshal.hpp"

namespace muster::codec::tpm {
namespace {

using base::Secret;

/// Appends one digest, up to the size wanted, and wipes it.
void append(Bytes& key, Bytes digest, std::size_t size) {
  const std::size_t missing = size - key.size();
  const ByteView used = ByteView(digest).first(std::min(missing, digest.size()));
  key.insert(key.end(), used.begin(), used.end());
  base::wipe(digest);
}

/// `bits` of key, made block by block. The room is reserved at once so that growing leaves no copy behind.
template <class Block>
Secret derive(std::uint32_t bits, const Block& block) {
  Bytes key;
  key.reserve(bits / 8);
  for (std::uint32_t counter = 1; key.size() < bits / 8; ++counter) append(key, block(counter), bits / 8);
  return Secret(std::move(key));
}

}  // namespace

Secret kdfa(crypto::HashAlgorithm algorithm, const Secret& key, std::string_view label, ByteView context_u,
            ByteView context_v, std::uint32_t bits) {
  constexpr std::uint8_t zero[] = {0};
  const auto block = [&](std::uint32_t counter) {
    const Bytes input =
        Writer().u32(counter).bytes(base::view(label)).bytes(zero).bytes(context_u).bytes(context_v).u32(bits).take();
    return crypto::hmac(algorithm, key.reveal(), input);
  };
  return derive(bits, block);
}

Secret kdfe(crypto::HashAlgorithm algorithm, const Secret& shared_x, std::string_view label, ByteView party_u,
            ByteView party_v, std::uint32_t bits) {
  constexpr std::uint8_t zero[] = {0};
  const auto block = [&](std::uint32_t counter) {
    const Bytes number = Writer().u32(counter).take();
    const Secret input(base::concat({number, shared_x.reveal(), base::view(label), zero, party_u, party_v}));
    return crypto::hash(algorithm, input.reveal());
  };
  return derive(bits, block);
}

}  // namespace muster::codec::tpm
