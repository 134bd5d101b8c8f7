#include "net/tls_algorithms.hpp"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace muster::net {
namespace {

constexpr const char* provider_name = "muster-tls";

/// What stays of one operation. Keys are those that a certificate or a key exchange may have, decoders those of a
/// certificate's SubjectPublicKeyInfo.
struct Selection {
  int operation;
  std::vector<std::string_view> names;  // of OpenSSL's, any of them
  std::string_view property;            // that the definition must contain
};

const std::array<Selection, 9>& selections() {
  static const std::array<Selection, 9> all{{
      {OSSL_OP_DIGEST, {"SHA1", "SHA2-224", "SHA2-256", "SHA2-384", "SHA2-512"}, ""},
      {OSSL_OP_CIPHER, {"AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305", "AES-256-CTR", "AES-256-ECB"}, ""},
      {OSSL_OP_MAC, {"HMAC"}, ""},
      {OSSL_OP_KDF, {"HKDF", "TLS13-KDF", "TLS1-PRF"}, ""},
      {OSSL_OP_RAND, {"CTR-DRBG", "SEED-SRC"}, ""},
      {OSSL_OP_KEYMGMT, {"EC", "RSA", "RSA-PSS", "X25519", "ED25519", "ED448", "HKDF", "TLS1-PRF"}, ""},
      {OSSL_OP_KEYEXCH, {"ECDH", "X25519", "HKDF", "TLS1-PRF"}, ""},
      {OSSL_OP_SIGNATURE, {"ECDSA", "RSA", "ED25519", "ED448"}, ""},
      {OSSL_OP_DECODER, {"EC", "RSA", "RSA-PSS", "ED25519", "ED448"}, "structure=SubjectPublicKeyInfo"},
  }};
  return all;
}

/// Whether one of an algorithm's names, which colons separate, is wanted.
bool is_wanted(std::string_view names, const std::vector<std::string_view>& wanted) {
  while (!names.empty()) {
    const auto end = std::min(names.find(':'), names.size());
    if (std::find(wanted.begin(), wanted.end(), names.substr(0, end)) != wanted.end()) return true;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return false;
}

/// OpenSSL's default provider, of which this one shows a part, and the tables that it shows. For as long as the
/// process runs.
struct Part {
  OSSL_PROVIDER* whole = nullptr;
  std::vector<std::vector<OSSL_ALGORITHM>> tables;  // as `selections`; each ends with an empty entry

  explicit Part(OSSL_PROVIDER* default_provider) : whole(default_provider) {
    for (const Selection& selection : selections()) {
      auto& table = tables.emplace_back();
      int is_temporary = 0;
      const OSSL_ALGORITHM* entry = OSSL_PROVIDER_query_operation(whole, selection.operation, &is_temporary);
      for (; entry != nullptr && entry->algorithm_names != nullptr; ++entry)
        if (is_wanted(entry->algorithm_names, selection.names) &&
            std::string_view(entry->property_definition).find(selection.property) != std::string_view::npos)
          table.push_back(*entry);
      table.push_back({});
    }
  }
};

Part*& part() {
  static Part* instance = nullptr;
  return instance;
}

const OSSL_ALGORITHM* query(void*, int operation, int* no_cache) {
  *no_cache = 0;
  const auto& all = selections();
  const auto found = std::ranges::find(all, operation, &Selection::operation);
  if (found == all.end()) return nullptr;
  return part()->tables[static_cast<std::size_t>(found - all.begin())].data();
}

int capabilities(void*, const char* capability, OSSL_CALLBACK* callback, void* argument) {
  return OSSL_PROVIDER_get_capabilities(part()->whole, capability, callback, argument);
}

template <class Function>
OSSL_DISPATCH entry(int id, Function* function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

int initialize(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** out, void** provider_context) {
  static const OSSL_DISPATCH table[] = {entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, &query),
                                        entry(OSSL_FUNC_PROVIDER_GET_CAPABILITIES, &capabilities),
                                        {0, nullptr}};
  *out = table;
  // The algorithms are the default provider's, and this is what they expect to be given.
  *provider_context = OSSL_PROVIDER_get0_provider_ctx(part()->whole);
  return 1;
}

OSSL_LIB_CTX* make() {
  OSSL_PROVIDER* whole = OSSL_PROVIDER_load(nullptr, "default");
  OSSL_LIB_CTX* context = OSSL_LIB_CTX_new();
  if (whole != nullptr && context != nullptr) {
    part() = new Part(whole);
    if (OSSL_PROVIDER_add_builtin(context, provider_name, &initialize) == 1 &&
        OSSL_PROVIDER_load(context, provider_name) != nullptr)
      return context;
  }
  OSSL_LIB_CTX_free(context);
  ERR_clear_error();
  return nullptr;
}

}  // namespace

OSSL_LIB_CTX* tls_algorithms() {
  static OSSL_LIB_CTX* const context = make();
  return context;
}

}  // namespace muster::net
