// An activation blob from a server that the device has no reason to trust with its memory.
#include <cstdlib>

#include "codec/tpm/activation_blob.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using muster::base::concat;
  using muster::base::to_bytes;

  const muster::base::ByteView octets(data, size);
  const auto parts = muster::codec::tpm::split_activation_blob(octets);
  if (!parts) return 0;
  const auto joined = concat({parts->id_object, parts->encrypted_secret, parts->duplicate, parts->duplicate_seed,
                              parts->public_area, parts->encrypted_uri});
  if (joined != to_bytes(octets)) std::abort();
  return 0;
}
