#include "device_certificates.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>

namespace muster::bench {
namespace {

constexpr long lifetime_s = 24 * 3600;
constexpr int serial_size = 16;

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

BioPtr open(const std::string& file) {
  BioPtr reader(BIO_new_file(file.c_str(), "r"), &BIO_free);
  if (!reader) throw std::runtime_error("cannot read " + file);
  return reader;
}

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot make a device's certificate");
}

void add_extension(X509* certificate, X509V3_CTX& context, int id, const char* value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, id, value), &X509_EXTENSION_free);
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

}  // namespace

DeviceCertificates::DeviceCertificates(const std::string& authority_file, const std::string& authority_key_file)
    : authority_(PEM_read_bio_X509(open(authority_file).get(), nullptr, nullptr, nullptr), &X509_free),
      authority_key_(PEM_read_bio_PrivateKey(open(authority_key_file).get(), nullptr, nullptr, nullptr),
                     &EVP_PKEY_free),
      device_key_(EVP_EC_gen("P-256"), &EVP_PKEY_free) {
  if (!authority_ || !authority_key_) throw std::runtime_error(authority_file + " or its key is not PEM");
  require(device_key_ != nullptr);
}

DeviceIdentity DeviceCertificates::issue(const std::string& common_name) const {
  const CertificatePtr made(X509_new(), &X509_free);
  X509* certificate = made.get();
  require(certificate != nullptr && X509_set_version(certificate, X509_VERSION_3) == 1);
  std::array<unsigned char, serial_size> serial{};
  require(RAND_bytes(serial.data(), serial_size) == 1);
  serial[0] = static_cast<unsigned char>(serial[0] & 0x7fU) | 1U;
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_bin2bn(serial.data(), serial_size, nullptr), &BN_free);
  require(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -lifetime_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime_s);
  require(X509_set_issuer_name(certificate, X509_get_subject_name(authority_.get())) == 1);
  require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>(common_name.data()),
                                     static_cast<int>(common_name.size()), -1, 0) == 1);
  require(X509_set_pubkey(certificate, device_key_.get()) == 1);
  X509V3_CTX context{};
  X509V3_set_ctx(&context, authority_.get(), certificate, nullptr, nullptr, 0);
  add_extension(certificate, context, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, context, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate, context, NID_ext_key_usage, "clientAuth");
  add_extension(certificate, context, NID_authority_key_identifier, "keyid");
  require(X509_sign(certificate, authority_key_.get(), EVP_sha256()) > 0);
  return {made, device_key_};
}

}  // namespace muster::bench
