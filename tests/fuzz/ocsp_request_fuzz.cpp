// A question about certificates from a stranger.
#include "crypto/ocsp_request.hpp"

namespace {

// A self-signed certificate authority (openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256).
constexpr const char* issuer_text =
    "MIIBezCCASGgAwIBAgIUQ8DTFnAYV2INAQMBGXutQy9JbhYwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHRnV6eiBDQTAgFw0yNjEx"
    "MjUxNzExMjlaGA8yMTI2MTEwMTE3MTEyOVowEjEQMA4GA1UEAwwHRnV6eiBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGuE"
    "InpelMaqh0TotJclp+RiwHQ9Fm9TVbIl3fPD+1684GdlEF8aSymU9LfNdjRHgc6bYrx/csjwC0I+3N1dPoijUzBRMB0GA1UdDgQW"
    "BBQzw5HYZlXPNNUFRH+eryQpggembzAfBgNVHSMEGDAWgBQzw5HYZlXPNNUFRH+eryQpggembzAPBgNVHRMBAf8EBTADAQH/MAoG"
    "CCqGSM49BAMCA0gAMEUCICw/Bi34zAgnakqZjgV1GPlwpzCSarh1GE+J8rK+9iTxAiEAyTZlO4QFrebQSijg1AMO3rOG0tDEYJ9P"
    "gDcFvwKFaQg=";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto issuer = muster::crypto::Certificate::from_text(issuer_text);
  const auto request = muster::crypto::parse_ocsp_request({data, size}, *issuer);
  if (request && request->certificates.size() > muster::crypto::ocsp_certificates_max) __builtin_trap();
  return 0;
}
