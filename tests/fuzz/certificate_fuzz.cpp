// A certificate as text from a stranger, and every question that can be asked of it.
#include "crypto/certificate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using muster::crypto::Certificate;
  const auto text = muster::base::text_view({data, size});
  auto certificate = Certificate::from_text(text);
  if (!certificate) certificate = Certificate::from_der({data, size});
  if (!certificate) return 0;

  (void)certificate->common_name();
  (void)certificate->subject();
  (void)certificate->issuer();
  (void)certificate->subject_der();
  (void)certificate->subject_key_id();
  (void)certificate->serial();
  (void)certificate->version();
  (void)certificate->is_ca();
  (void)certificate->has_extended_key_usage("1.3.6.1.5.5.7.3.2");
  (void)certificate->is_issued_by(*certificate);
  // What was taken once must survive being written.
  const auto again = Certificate::from_text(certificate->pem());
  if (!again || *again != *certificate) __builtin_trap();
  return 0;
}
