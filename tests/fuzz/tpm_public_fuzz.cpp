// A TPM's public area from a device that may send anything.
#include <cstdlib>

#include "attest/tpm/tpm.hpp"
#include "codec/tpm/public_area.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const muster::base::ByteView octets(data, size);
  const auto area = muster::codec::tpm::parse_public_area(octets);
  if (!area) return 0;

  // What was accepted reads the same with and without its size in front.
  const auto again = muster::codec::tpm::parse_public_area(area->sized_octets());
  if (!again || again->name() != area->name()) std::abort();
  const bool is_usable = static_cast<bool>(area->public_key());
  const bool is_endorsement_key = static_cast<bool>(muster::attest::tpm::read_endorsement_key(octets));
  const bool is_storage_key = static_cast<bool>(muster::attest::tpm::read_storage_root_key(octets));
  if (!is_usable && (is_endorsement_key || is_storage_key)) std::abort();
  return 0;
}
