// A certification request from a device, as text or DER.
#include "crypto/signing_request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using muster::crypto::SigningRequest;
  auto request = SigningRequest::from_text(muster::base::text_view({data, size}));
  if (!request) request = SigningRequest::from_der({data, size});
  if (request && request->dns_names.size() > muster::crypto::signing_request_names_max) __builtin_trap();
  return 0;
}
